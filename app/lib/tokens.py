"""Random tokens, keys derived per purpose, and signed links that expire."""

import hashlib
import hmac
import secrets as random_source
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt

from app.lib.dates import utcnow

_ALGORITHM = "HS256"
# Longer than any link we send, short enough that nobody makes us parse megabytes.
_TOKEN_MAX = 4096


_API_PREFIX = "mb_"
_API_RANDOM_CHARACTERS = 32
_CHECKSUM_DIGITS = 8


@dataclass(frozen=True)
class LinkClaims:
    """What a valid link said: whom it is for, what it was bound to, and the rest."""

    subject: int
    fingerprint: str
    claims: dict[str, str] = field(default_factory=dict)


def random_token(bytes_count: int = 32) -> str:
    """Return `bytes_count` random bytes, as URL-safe text."""
    return random_source.token_urlsafe(bytes_count)


def hash_token(token: str) -> str:
    """Return the SHA-256 of `token` as 64 hex digits: what we store instead of a random token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def random_api_token() -> str:
    """Return a token for programs: a mark, 192 random bits and a checksum, as 43 characters."""
    start = _API_PREFIX + random_token(_API_RANDOM_CHARACTERS * 6 // 8)
    return start + _checksum(start)


def is_api_token(text: str) -> bool:
    """Say whether `text` has the form of `random_api_token`; typing errors are found out here."""
    start, end = text[:-_CHECKSUM_DIGITS], text[-_CHECKSUM_DIGITS:]
    is_long_enough = len(start) == len(_API_PREFIX) + _API_RANDOM_CHARACTERS
    is_ours = text.isascii() and start.startswith(_API_PREFIX)
    return is_long_enough and is_ours and end == _checksum(start)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def derive_key(secret: str, purpose: str) -> bytes:
    """Return the 32-byte key for one purpose, so that a leaked one opens nothing else."""
    return hmac.digest(secret.encode(), f"microblog:{purpose}".encode(), "sha256")


def fingerprint(*values: object) -> str:
    """Return 32 hex digits that change when any of `values` does, so that using a link ends it."""
    # Each length goes in front: ("ab", "c") must not look like ("a", "bc").
    texts = ["-" if value is None else str(value) for value in values]
    joined = "".join(
        f"{len(text)}:{value is None:d}:{text}" for text, value in zip(texts, values, strict=True)
    )
    return hash_token(joined)[:32]


def sign_link(
    secret: str, purpose: str, subject: int, fingerprint: str, minutes: int, **claims: str
) -> str:
    """Return a token good for one purpose and `minutes`, readable (not secret) to its holder."""
    payload = {
        "sub": str(subject),
        "aud": purpose,
        "exp": utcnow() + timedelta(minutes=minutes),
        "fingerprint": fingerprint,
        "claims": claims,
    }
    return jwt.encode(payload, derive_key(secret, purpose), algorithm=_ALGORITHM)


def read_link(secrets: Sequence[str], purpose: str, token: str) -> LinkClaims | None:
    """Return what `token` says if any of `secrets` signed it for `purpose` and it has not expired.

    The caller still has to compare the fingerprint.
    """
    if len(token) > _TOKEN_MAX or not token.isascii():
        return None
    for secret in secrets:
        try:
            payload = jwt.decode(
                token,
                derive_key(secret, purpose),
                algorithms=[_ALGORITHM],
                audience=purpose,
                options={"require": ["sub", "aud", "exp"]},
            )
        except jwt.PyJWTError:
            continue
        return _claims_of(payload)
    return None


def _claims_of(payload: dict[str, Any]) -> LinkClaims | None:
    # Signed with our key, but perhaps by an older version that put other things in it.
    subject, mark, claims = payload["sub"], payload.get("fingerprint"), payload.get("claims")
    if not (subject.isdecimal() and isinstance(mark, str) and isinstance(claims, dict)):
        return None
    is_text = all(isinstance(value, str) for value in claims.values())
    return LinkClaims(int(subject), mark, claims) if is_text else None
