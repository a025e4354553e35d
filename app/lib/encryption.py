"""Encryption of small secrets in the database, with a key of its own for each purpose."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.lib.tokens import derive_key

_NONCE_BYTES = 12


class UnreadableError(Exception):
    """None of the keys decrypts this text."""


def key_mark(secret: str, purpose: str) -> str:
    """Return how every text begins that the key of `secret` has encrypted for `purpose`."""
    return sha256(derive_key(secret, purpose)).hexdigest()[:8] + "."


def encrypt(secret: str, purpose: str, context: str, text: str) -> str:
    """Return `text` encrypted with AES-256-GCM; it is readable in the same `context` alone."""
    nonce = token_bytes(_NONCE_BYTES)
    sealed = AESGCM(derive_key(secret, purpose)).encrypt(nonce, text.encode(), context.encode())
    return key_mark(secret, purpose) + urlsafe_b64encode(nonce + sealed).decode()


def decrypt(secrets: Sequence[str], purpose: str, context: str, encrypted: str) -> str:
    """Return the text that any of `secrets` has encrypted. Raises UnreadableError."""
    for secret in secrets:
        mark = key_mark(secret, purpose)
        if not encrypted.startswith(mark):
            continue
        try:
            sealed = urlsafe_b64decode(encrypted.removeprefix(mark))
            cipher = AESGCM(derive_key(secret, purpose))
            return cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()
            ).decode()
        except (InvalidTag, ValueError):
            continue
    raise UnreadableError
