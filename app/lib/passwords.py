"""Password hashing and checking, with limited concurrency."""

import os
import threading
import unicodedata
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret
from werkzeug.security import check_password_hash

from app.lib.password_rules import PASSWORD_MAX, PasswordProblem, password_problem

__all__ = [
    "PASSWORD_MAX",
    "PasswordCost",
    "PasswordProblem",
    "TooBusyError",
    "check_password",
    "dummy_check",
    "hash_alike",
    "hash_password",
    "needs_rehash",
    "password_problem",
]

_OURS = "$argon2id$"
# Werkzeug's formats; accounts imported from other sites have such hashes.
_IMPORTED = ("scrypt:", "pbkdf2:")

# Each hash takes a core and 19 MiB for a while: without a limit, a burst of logins exhausts
# memory. Callers that wait longer than this get TooBusyError.
_slots = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))
_WAIT_SECONDS = 3.0


class TooBusyError(Exception):
    """Too many passwords are being checked at the same time."""


class PasswordCost(NamedTuple):
    """The argon2 parameters: memory in KiB, passes over it, and threads."""

    memory_kib: int = 19456
    time_cost: int = 2
    parallelism: int = 1


def hash_password(password: str, cost: PasswordCost) -> str:
    """Return the argon2id hash (PHC string). Raises TooBusyError.

    Raises ValueError over PASSWORD_MAX characters, which `password_problem` rejects first.
    """
    if len(password) > PASSWORD_MAX:
        raise ValueError("the password is too long; check it with password_problem first")
    with _slot():
        return _hasher(cost).hash(_bytes_of(password))


def hash_alike(text: str, other_hash: str) -> str:
    """Return the hash of `text` with the cost and the salt of `other_hash`. Raises TooBusyError.

    So one hash finds a text among several that were hashed with one salt.
    """
    with _slot():
        parameters = extract_parameters(other_hash)
        salt = other_hash.split("$")[4]
        encoded = hash_secret(
            _bytes_of(text),
            b64decode(salt + "=" * (-len(salt) % 4)),
            time_cost=parameters.time_cost,
            memory_cost=parameters.memory_cost,
            parallelism=parameters.parallelism,
            hash_len=parameters.hash_len,
            type=parameters.type,
        )
    return encoded.decode()


def check_password(password_hash: str, password: str) -> bool:
    """Return whether `password` matches; False for an unknown format. Raises TooBusyError."""
    if len(password) > PASSWORD_MAX:
        return False
    if password_hash.startswith(_OURS):
        return _check_ours(password_hash, password)
    if password_hash.startswith(_IMPORTED):
        return _check_imported(password_hash, password)
    return False


def needs_rehash(password_hash: str, cost: PasswordCost) -> bool:
    """Return whether a hash that was just checked should be replaced by one at `cost`."""
    if not password_hash.startswith(_OURS):
        return True
    try:
        return _hasher(cost).check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def dummy_check(password: str, cost: PasswordCost) -> None:
    """Take as long as `check_password`, so that timing does not reveal unknown users."""
    if len(password) <= PASSWORD_MAX:
        hash_password(password, cost)


def _check_ours(password_hash: str, password: str) -> bool:
    try:
        with _slot():
            return _hasher(PasswordCost()).verify(password_hash, _bytes_of(password))
    except (VerificationError, InvalidHashError):
        return False


def _check_imported(password_hash: str, password: str) -> bool:
    try:
        with _slot():
            return check_password_hash(password_hash, password)
    # Werkzeug and hashlib raise this for invalid parameters and for text that is not UTF-8.
    except ValueError:
        return False


def _bytes_of(password: str) -> bytes:
    # Some keyboards send é as one code point, others as two.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise TooBusyError
    try:
        yield
    finally:
        _slots.release()


@cache
def _hasher(cost: PasswordCost) -> PasswordHasher:
    return PasswordHasher(
        time_cost=cost.time_cost,
        memory_cost=cost.memory_kib,
        parallelism=cost.parallelism,
        hash_len=32,
        salt_len=16,
    )
