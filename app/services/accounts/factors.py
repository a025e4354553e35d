"""Second factors of any kind: which sign-in takes one, and that staff keep one."""

from __future__ import annotations

import sqlalchemy as sa

from app.extensions import db
from app.models import Authenticator, Passkey, User
from app.models.accounts.passkey import passkey_host
from app.policies import must_have_factor
from app.services.errors import LastFactorError


def are_asked(user: User) -> bool:
    """Whether the password alone does not sign `user` in."""
    return has_app(user) or (must_have_factor(user) and user.has_second_factor)


def has_app(user: User) -> bool:
    """Whether `user` has an authenticator app."""
    return db.session.scalar(Authenticator.of(user).with_only_columns(sa.true())) is not None


def keep_one(user: User, *, without: Passkey | None = None) -> None:
    """Raises LastFactorError if the role of `user` needs a second factor, and this is the last.

    It is the passkey `without`, or else the app. Of two concurrent requests, the second sees what
    the first has removed.
    """
    if not must_have_factor(user):
        return
    db.session.refresh(user, with_for_update={"of": User})
    if without is not None and (without.host != passkey_host() or has_app(user)):
        return
    left = Passkey.of(user).with_only_columns(Passkey.id).where(Passkey.works_here())
    if without is not None:
        left = left.where(Passkey.id != without.id)
    if not db.session.scalars(left).first() and (without is not None or has_app(user)):
        raise LastFactorError


def changed(user: User) -> None:
    """Have the rest of this request know what `user` has now."""
    db.session.refresh(user, ["has_second_factor"])
