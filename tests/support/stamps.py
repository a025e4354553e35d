"""Stamps of forms that somebody has taken their time for, which tests do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.lib.dates import utcnow
from app.lib.form_stamps import sign_stamp

STAMP = "stamp"
A_MINUTE = timedelta(minutes=1)


def after_a_while(
    fields: Mapping[str, str], secret: str, visitor: str, age: timedelta = A_MINUTE
) -> dict[str, str]:
    """`fields` as if their form, shown to `visitor`, had been open for `age`."""
    if STAMP not in fields:
        return dict(fields)
    return {**fields, STAMP: sign_stamp(secret, visitor, utcnow() - age)}
