"""Whether a form was filled in by somebody who took the time that people take.

The stamp in it says when it was shown, and works for the browser alone that it was shown to.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from flask import current_app, g

from app.lib.dates import utcnow
from app.lib.form_stamps import read_stamp, sign_stamp
from app.web.sessions import visitor_token

# Nobody fills in a form faster; whoever collects stamps cannot keep them longer.
LEAST, MOST = timedelta(seconds=2), timedelta(hours=2)


class Verdict(Enum):
    """What a stamp says of its form."""

    GOOD = "good"
    TOO_FAST = "too_fast"
    TOO_OLD = "too_old"
    FORGED = "forged"


def issue() -> str:
    """A stamp for a form that is shown now."""
    stamp = sign_stamp(current_app.config["SECRET_KEY"], visitor_token(), utcnow())
    g.form_stamps = [*issued(), stamp]
    return stamp


def issued() -> list[str]:
    """The stamps that the response to this request has."""
    stamps: list[str] = g.get("form_stamps", [])
    return stamps


def verdict_on(stamp: str) -> Verdict:
    """What `stamp`, which came with a form, says of it."""
    config = current_app.config
    # Forms that were open during a key rotation are still good.
    secrets = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    shown_at = read_stamp(secrets, visitor_token(), stamp)
    if shown_at is None:
        return Verdict.FORGED
    age = utcnow() - shown_at
    if age > MOST:
        return Verdict.TOO_OLD
    return Verdict.GOOD if age >= LEAST else Verdict.TOO_FAST
