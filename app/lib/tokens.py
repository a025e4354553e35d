"""Random tokens, keys derived per purpose, and signed links that expire."""

import base64
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
# Longer than any link we send; keeps attackers from making us parse megabytes.
_TOKEN_MAX = 4096

_API_PREFIX = "mb_"
_API_RANDOM_CHARACTERS = 32
_CHECKSUM_DIGITS = 8
_CODE_SIGNATURE_LENGTH = 16


@dataclass(frozen=True)
class LinkClaims:
    """The claims of a valid link: a user id, the fingerprint it is bound to, and others."""

    subject: int
    fingerprint: str
    claims: dict[str, str] = field(default_factory=dict)


def random_token(bytes_count: int = 32) -> str:
    """Return `bytes_count` random bytes, as URL-safe text."""
    return random_source.token_urlsafe(bytes_count)


def hash_token(token: str) -> str:
    """Return the SHA-256 of `token` as 64 hex digits, stored instead of a random token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def random_api_token() -> str:
    """Return an API token: a prefix, 192 random bits and a checksum, 43 characters in all."""
    start = _API_PREFIX + random_token(_API_RANDOM_CHARACTERS * 6 // 8)
    return start + _checksum(start)


def is_api_token(text: str) -> bool:
    """Return whether `text` has the form of `random_api_token`, which rules out typos."""
    start, end = text[:-_CHECKSUM_DIGITS], text[-_CHECKSUM_DIGITS:]
    is_long_enough = len(start) == len(_API_PREFIX) + _API_RANDOM_CHARACTERS
    is_ours = text.isascii() and start.startswith(_API_PREFIX)
    return is_long_enough and is_ours and end == _checksum(start)


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def derive_key(secret: str, purpose: str) -> bytes:
    """Return the 32-byte key for one purpose, so that a leaked one is useless for others."""
    return hmac.digest(secret.encode(), f"microblog:{purpose}".encode(), "sha256")


def fingerprint(*values: object) -> str:
    """Return 32 hex digits that change with any of `values`, which makes a link single-use."""
    # Length-prefixed: ("ab", "c") must not look like ("a", "bc").
    texts = ["-" if value is None else str(value) for value in values]
    joined = "".join(
        f"{len(text)}:{value is None:d}:{text}" for text, value in zip(texts, values, strict=True)
    )
    return hash_token(joined)[:32]


def keyed_fingerprint(secret: str, *values: object) -> str:
    """Return the same for values that can be guessed, for whoever can read the link."""
    key = derive_key(secret, "fingerprint")
    return hmac.new(key, fingerprint(*values).encode(), "sha256").hexdigest()[:32]


def sign_link(
    secret: str, purpose: str, subject: int, fingerprint: str, minutes: int, **claims: str
) -> str:
    """Return a signed, not encrypted token, valid for one purpose and for `minutes`."""
    payload = {
        "sub": str(subject),
        "aud": purpose,
        "exp": utcnow() + timedelta(minutes=minutes),
        "fingerprint": fingerprint,
        "claims": claims,
    }
    return jwt.encode(payload, derive_key(secret, purpose), algorithm=_ALGORITHM)


def read_link(secrets: Sequence[str], purpose: str, token: str) -> LinkClaims | None:
    """Return the claims of `token` if it is live and any of `secrets` signed it for `purpose`.

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


def sign_code(secret: str, purpose: str, nonce: str) -> str:
    """Return `nonce` and its signature: a short code for a row that the nonce finds."""
    return nonce + _code_signature(secret, purpose, nonce)


def read_code(secrets: Sequence[str], purpose: str, code: str) -> str | None:
    """Return the nonce of `code` if any of `secrets` signed it for `purpose`."""
    nonce, signature = code[:-_CODE_SIGNATURE_LENGTH], code[-_CODE_SIGNATURE_LENGTH:]
    if not nonce or len(code) > _TOKEN_MAX or not code.isascii():
        return None
    is_ours = any(
        hmac.compare_digest(_code_signature(secret, purpose, nonce), signature)
        for secret in secrets
    )
    return nonce if is_ours else None


def _code_signature(secret: str, purpose: str, nonce: str) -> str:
    """96 bits: nobody tries as many against a site."""
    signature = hmac.digest(derive_key(secret, purpose), nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(signature).decode()[:_CODE_SIGNATURE_LENGTH]


def _claims_of(payload: dict[str, Any]) -> LinkClaims | None:
    # Signed with our key, but perhaps by an older version with other claims.
    subject, bound_to, claims = payload["sub"], payload.get("fingerprint"), payload.get("claims")
    if not (subject.isdecimal() and isinstance(bound_to, str) and isinstance(claims, dict)):
        return None
    is_text = all(isinstance(value, str) for value in claims.values())
    return LinkClaims(int(subject), bound_to, claims) if is_text else None
