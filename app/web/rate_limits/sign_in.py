"""Throttling of password attempts, wherever a password is asked for.

Strangers share their attempts for a name; a device on which the user has signed in before has
attempts of its own, so that guessing from elsewhere cannot lock the user out.

Attempts are counted by what was found, the username or the address of an account, else by the name
as typed, normalized. The two have separate counts: if they shared one, a stranger could find out
that they belong together.
"""

from __future__ import annotations

from app.models import User
from app.services.accounts import passwords
from app.web import known_devices
from app.web.rate_limits import rules
from app.web.rate_limits.rules import Rule, per_network, per_value, site_wide

SCOPE = "login"
PER_NAME, PER_NETWORK, SITE_WIDE = "10/5 minutes", "25/5 minutes", "1000/5 minutes"
# After this many failures in a row, an unknown device needs a password reset. An account can be
# tried by username and by email, so that makes a hundred.
CONSECUTIVE = "50/30 days"
# Successes are not counted above, and each costs a hash and leaves a session.
SUCCESSES = "60/hour"


def hit(name: str) -> None:
    """Count an attempt to sign in as `name`. Raises TooManyRequests.

    After a success, call `clear_failures`.
    """
    user = passwords.find(name)
    if user is not None and known_devices.is_known(user.id):
        rules.hit(SCOPE, *_device_rules(user))
    else:
        key = passwords.login_key(name)
        if user is not None:
            # Whatever led to the account, its own keys are counted.
            key = user.email_key if "@" in key else user.username_key
        rules.hit(SCOPE, per_network(PER_NETWORK), *_name_rules(key), site_wide(SITE_WIDE))


def hit_success(user: User) -> None:
    """Count a session that `user` is about to start. Raises TooManyRequests.

    Their row is locked, so that a password that is being replaced opens none.
    """
    rules.hit_under_lock("sign-in", per_value(SUCCESSES, str(user.id)))


def clear_failures(user: User) -> None:
    """Reset the attempts on the account of `user`, who has just signed in."""
    if known_devices.is_known(user.id):
        rules.reset(SCOPE, *_device_rules(user))
    else:
        rules.refund(SCOPE, per_network(PER_NETWORK), site_wide(SITE_WIDE))
    reset(user)


def reset(user: User) -> None:
    """Reset strangers' attempts on the account of `user`, whose password is new."""
    for key in (user.username_key, user.email_key):
        rules.reset(SCOPE, *_name_rules(key))


def _name_rules(key: str) -> tuple[Rule, ...]:
    return per_value(PER_NAME, key), per_value(CONSECUTIVE, key)


def _device_rules(user: User) -> tuple[Rule, ...]:
    key = known_devices.key_of(user.id)
    return per_value(PER_NAME, key), per_value(CONSECUTIVE, key)
