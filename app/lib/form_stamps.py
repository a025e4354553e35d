"""Stamps in forms: when a form was shown, and to whom, signed so that nobody can make one up."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from app.lib.tokens import derive_key

_PURPOSE = "form-stamp"
# Milliseconds and a signature, as long as the random part of a CSRF token and its own.
_SHAPE = re.compile(r"([0-9a-f]{16})\.([0-9a-f]{64})")


def sign_stamp(secret: str, bound_to: str, at: datetime) -> str:
    """Return the stamp of a form that was shown at `at` to the visitor whom `bound_to` names."""
    shown_at = f"{int(at.timestamp() * 1000):016x}"
    return f"{shown_at}.{_signature(secret, bound_to, shown_at)}"


def read_stamp(secrets: Sequence[str], bound_to: str, stamp: str) -> datetime | None:
    """Return when the form was shown, if any of `secrets` signed `stamp` for `bound_to`."""
    match = _SHAPE.fullmatch(stamp)
    if match is None:
        return None
    shown_at, signature = match.groups()
    is_ours = any(
        hmac.compare_digest(_signature(secret, bound_to, shown_at), signature) for secret in secrets
    )
    return datetime.fromtimestamp(int(shown_at, 16) / 1000, UTC) if is_ours else None


def _signature(secret: str, bound_to: str, shown_at: str) -> str:
    text = f"{shown_at}.{bound_to}".encode()
    return hmac.new(derive_key(secret, _PURPOSE), text, "sha256").hexdigest()
