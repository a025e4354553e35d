"""Hashing and checking passwords, never too many at once."""

import os
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from werkzeug.security import check_password_hash

from app.lib.password_rules import PASSWORD_MAX, PasswordProblem, password_problem

__all__ = [
    "PASSWORD_MAX",
    "PasswordCost",
    "PasswordProblem",
    "TooBusyError",
    "check_password",
    "dummy_check",
    "hash_password",
    "needs_rehash",
    "password_problem",
]

_OURS = "$argon2id$"
# What Werkzeug writes; such hashes come with accounts imported from elsewhere.
_IMPORTED = ("scrypt:", "pbkdf2:")

# Each hash takes a core and 19 MiB for a while: without a bound, a burst of logins takes all
# memory. Whoever waits longer than this is told to come back.
_slots = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))
_WAIT_SECONDS = 3.0


class TooBusyError(Exception):
    """So many passwords are being checked that this one would have to wait too long."""


class PasswordCost(NamedTuple):
    """What one hash costs: memory in KiB, passes over it, and threads."""

    memory_kib: int = 19456
    time_cost: int = 2
    parallelism: int = 1


def hash_password(password: str, cost: PasswordCost) -> str:
    """Return the argon2id hash (PHC string). Raises TooBusyError.

    Raises ValueError over PASSWORD_MAX characters, which `password_problem` refuses before.
    """
    if len(password) > PASSWORD_MAX:
        raise ValueError("password_problem was not asked")
    with _slot():
        return _hasher(cost).hash(_bytes_of(password))


def check_password(password_hash: str, password: str) -> bool:
    """Say whether `password` is the one; False for a hash of unknown form. Raises TooBusyError."""
    if len(password) > PASSWORD_MAX:
        return False
    if password_hash.startswith(_OURS):
        return _check_ours(password_hash, password)
    if password_hash.startswith(_IMPORTED):
        return _check_imported(password_hash, password)
    return False


def needs_rehash(password_hash: str, cost: PasswordCost) -> bool:
    """Say whether a hash that was just checked should be made anew, at `cost`."""
    if not password_hash.startswith(_OURS):
        return True
    try:
        return _hasher(cost).check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def dummy_check(password: str, cost: PasswordCost) -> None:
    """Take the time of `check_password`, so that an unknown user is not found out by a clock."""
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
    # Werkzeug and hashlib raise this for wrong parameters and for text that is no UTF-8.
    except ValueError:
        return False


def _bytes_of(password: str) -> bytes:
    # One keyboard sends é as one code point, another as two.
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
