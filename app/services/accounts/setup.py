"""The first administrator: a link with a one-time code makes their account."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from app.database.transactions import restart_for_write
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token, random_token
from app.models import SetupCode, User
from app.models.accounts.role import ADMINISTRATOR_ID
from app.services.accounts import accounts, passwords
from app.services.errors import AdministratorExistsError, GoneError
from app.services.site import audit
from app.services.site.audit import Actor

CODE_LASTS = timedelta(hours=24)


def has_administrator() -> bool:
    """Whether anyone is an administrator, also with a closed account, which they may reopen."""
    administrators = sa.select(User.id).where(User.role_id == ADMINISTRATOR_ID)
    return bool(db.session.scalar(sa.select(administrators.exists())))


def make_link() -> str:
    """The address of a new link, which voids the one before. Raises AdministratorExistsError."""
    if has_administrator():
        raise AdministratorExistsError
    code = random_token()
    db.session.execute(_replacing(code))
    return _address(code)


def make_first_link() -> str | None:
    """The same, only where there is nobody yet and no link that works; else None."""
    if db.session.scalar(sa.select(sa.select(User.id).exists())):
        return None
    code = random_token()
    # Several processes may start at once: the link of the first one stays.
    row = _replacing(code, where=SetupCode.expires_at <= utcnow()).returning(SetupCode.id)
    return _address(code) if db.session.scalar(row) is not None else None


def _replacing(code: str, where: sa.ColumnElement[bool] | None = None) -> sa.Insert:
    values = {"code_hash": hash_token(code), "expires_at": utcnow() + CODE_LASTS}
    row = insert(SetupCode).values(id=1, **values)
    key = [SetupCode.id]
    return row.on_conflict_do_update(index_elements=key, set_=values, where=where)


def _address(code: str) -> str:
    return f"{current_app.config['BASE_URL']}/auth/setup/{code}"


def is_valid(code: str) -> bool:
    """Whether `code` still makes an administrator."""
    found = sa.select(SetupCode.id).where(*_is_live(code))
    return db.session.scalar(found) is not None and not has_administrator()


def claim(code: str, username: str, email: tuple[str, str], password: str, by: Actor) -> User:
    """Make the first administrator; the code is used up.

    Raises GoneError if it does not work anymore, also for the later of two at once; raises
    UsernameTakenError or EmailTakenError. Restarts the transaction.
    """
    password_hash = passwords.hash_password(password)
    restart_for_write()
    # The DELETE is the claim: another request may have read the row too.
    used = sa.delete(SetupCode).where(*_is_live(code)).returning(SetupCode.id)
    if db.session.scalar(used) is None or has_administrator():
        raise GoneError
    user = accounts.create(username, email, password_hash, role_id=ADMINISTRATOR_ID)
    # Whoever reads the terminal of the server vouches for the address.
    user.email_verified_at = utcnow()
    audit.record("create_account", by, person=user, target="administrator")
    return user


def purge() -> int:
    """Delete the code if it has expired. Returns how many."""
    expired = sa.delete(SetupCode).where(SetupCode.expires_at <= utcnow())
    return len(db.session.scalars(expired.returning(SetupCode.id)).all())


def _is_live(code: str) -> tuple[sa.ColumnElement[bool], ...]:
    return SetupCode.code_hash == hash_token(code), SetupCode.expires_at > utcnow()
