"""One-time codes: those of an authenticator app (TOTP, RFC 6238), and recovery codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hmac import compare_digest
from itertools import groupby
from secrets import choice

import pyotp
import segno

STEP_SECONDS = 30
# How many steps the clock of a phone may be off.
STEPS_OFF = 1
# 160 bits, as RFC 4226 recommends.
_SECRET_CHARACTERS = 32

RECOVERY_CODES = 10
# Without those that are easily mistaken for each other.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF = 4
_APP_CODE = re.compile(r"[0-9]{6}")
_RECOVERY_CODE = re.compile(rf"[{_ALPHABET}]{{{2 * _HALF}}}")
# Scanners need an empty border of four modules.
_BORDER = 4


def random_secret() -> str:
    """Return a new secret for an authenticator app, in base 32."""
    return pyotp.random_base32(_SECRET_CHARACTERS)


def setup_uri(secret: str, username: str, site_name: str) -> str:
    """Return what an authenticator app reads from the QR code."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=site_name))


def matching_steps(secret: str, code: str, seconds: float) -> list[int]:
    """Return the steps around the time `seconds` (Unix) whose code is `code`, if any."""
    if not secret or not is_app_code(code):
        return []
    now = int(seconds) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = range(now - STEPS_OFF, now + STEPS_OFF + 1)
    return [step for step in steps if compare_digest(totp.generate_otp(step), code)]


def normalize_code(text: str) -> str:
    """Return a code as typed, in any width and grouping, without what only separates."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).lower()


def is_app_code(code: str) -> bool:
    """Return whether the normalized `code` has the form of an app's."""
    return _APP_CODE.fullmatch(code) is not None


def is_recovery_code(code: str) -> bool:
    """Return whether the normalized `code` has the form of a recovery code."""
    return _RECOVERY_CODE.fullmatch(code) is not None


def random_recovery_code() -> str:
    """Return a recovery code of 39 random bits, normalized."""
    return "".join(choice(_ALPHABET) for _ in range(2 * _HALF))


def readable_recovery_code(code: str) -> str:
    """Return the normalized `code` as people read it: 7kd2-m9xq."""
    return f"{code[:_HALF]}-{code[_HALF:]}"


def qr_code(text: str) -> tuple[int, str]:
    """Return a QR code as SVG: the side of its square, and the path of the dark modules."""
    code = segno.make_qr(text, error="m")
    rows = list(code.matrix_iter(border=_BORDER))
    return len(rows), "".join(_runs(rows))


def _runs(rows: list[Iterable[int]]) -> Iterator[str]:
    """Each run of dark modules in a row, as one rectangle."""
    for y, row in enumerate(rows):
        for is_dark, run in groupby(enumerate(row), key=lambda module: bool(module[1])):
            columns = [x for x, _ in run]
            if is_dark:
                yield f"M{columns[0]} {y}h{len(columns)}v1h-{len(columns)}z"
