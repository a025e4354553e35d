"""Limits on guessing passwords, at every door that takes one.

Strangers share their tries for a name; a device on which its owner has signed in before has tries
of its own, so nobody can lock somebody out by guessing at their account from elsewhere.

Names count as they are typed, tidied up: if the name and the address of an account had one count,
a stranger could find out that they belong together.
"""

from __future__ import annotations

from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.usernames import username_key
from app.models import User
from app.services.accounts import passwords
from app.web import known_devices
from app.web.rate_limits.rules import (
    Rule,
    count,
    for_all,
    forget,
    per_network,
    per_value,
    take_back,
)

SCOPE = "login"
PER_NAME, PER_NETWORK, IN_ALL = "10/5 minutes", "25/5 minutes", "1000/5 minutes"
# So many in a row, and only a new password opens the door again (to a new device).
# An account has two names, so that makes a hundred.
IN_A_ROW = "50/30 days"


def check(name: str) -> None:
    """Count a try to sign in as `name`. Raises TooManyRequests.

    When it succeeds, `forgive` has to be called.
    """
    user = passwords.find(name)
    if user is not None and known_devices.is_known(user.id):
        count(SCOPE, *_of_device(user))
    else:
        count(SCOPE, per_network(PER_NETWORK), *_of_name(name_key(name)), for_all(IN_ALL))


def forgive(user: User) -> None:
    """Forget the tries at the account of `user`, who has just shown to be its owner."""
    if known_devices.is_known(user.id):
        forget(SCOPE, *_of_device(user))
    else:
        take_back(SCOPE, per_network(PER_NETWORK), for_all(IN_ALL))
    reset(user)


def reset(user: User) -> None:
    """Forget what strangers tried at the account of `user`, whose password is new."""
    for key in (user.username_key, user.email_key):
        forget(SCOPE, *_of_name(key))


def name_key(name: str) -> str:
    """One text for all ways to write a username or an address."""
    try:
        return parse_email(name)[1] if "@" in name else username_key(name.strip())
    except EmailSyntaxError:
        return name.strip().casefold()


def _of_name(key: str) -> tuple[Rule, ...]:
    return per_value(PER_NAME, key), per_value(IN_A_ROW, key)


def _of_device(user: User) -> tuple[Rule, ...]:
    key = known_devices.key_of(user.id)
    return per_value(PER_NAME, key), per_value(IN_A_ROW, key)
