"""Second factors: turn on and off, check codes, make recovery codes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app

from app.database.transactions import restart_for_write
from app.database.upsert import insert
from app.extensions import db
from app.lib import one_time_codes
from app.lib.dates import utcnow
from app.lib.encryption import UnreadableError, decrypt, encrypt, key_mark
from app.lib.passwords import hash_alike
from app.lib.tokens import fingerprint, read_link, sign_link
from app.models import Authenticator, RecoveryCode, Session, User
from app.services.accounts import factors, passwords, security_events, sessions
from app.services.errors import RepeatedCodesError, TwoFactorStateError, WrongCodeError
from app.services.messages import mails

PURPOSE, DRAFT_PURPOSE, FILE_PURPOSE = "two-factor", "two-factor-draft", "recovery-codes"
# For how long a secret that is shown can be turned on.
DRAFT_MINUTES = 30
REENCRYPT_BATCH = 500


@dataclass(frozen=True)
class Draft:
    """A secret that its owner is moving to their app; the form carries it, signed, as `token`."""

    secret: str
    token: str


def draft(user: User) -> Draft:
    """A new secret for the app of `user`."""
    secret, key = one_time_codes.random_secret(), current_app.config["SECRET_KEY"]
    bound_to = fingerprint(user.password_hash)
    return Draft(
        secret, sign_link(key, DRAFT_PURPOSE, user.id, bound_to, DRAFT_MINUTES, shown=secret)
    )


def read_draft(user: User, token: str) -> Draft | None:
    """The draft in `token`, or None when it is not of `user` or too old."""
    link = read_link(_keys(), DRAFT_PURPOSE, token)
    is_theirs = link is not None and link.subject == user.id
    if link is None or not is_theirs or link.fingerprint != fingerprint(user.password_hash):
        return None
    return Draft(link.claims["shown"], token)


def is_enrolled(user: User) -> bool:
    """Whether signing in as `user` takes a code."""
    return db.session.scalar(Authenticator.of(user).with_only_columns(sa.true())) is not None


def enrolled(user: User) -> Authenticator | None:
    """The authenticator app of `user`."""
    return db.session.scalar(Authenticator.of(user))


def recovery_codes(user: User) -> tuple[int, int]:
    """How many recovery codes of `user` are unused, and the id of the newest of the set."""
    unused = sa.func.count().filter(RecoveryCode.used_at.is_(None))
    newest = sa.func.coalesce(sa.func.max(RecoveryCode.id), 0)
    found = sa.select(unused, newest).where(RecoveryCode.user_id == user.id)
    left, newest_id = db.session.execute(found).one()
    return left, newest_id


def turn_on(user: User, new: Draft, code: str, *, keep: Session | None) -> list[str]:
    """Ask `user` for a code from now on, and sign them out everywhere except on `keep`.

    Returns the recovery codes. Raises WrongCodeError unless `code` is of the new app, and
    TwoFactorStateError if they have one. Restarts the transaction.
    """
    steps = one_time_codes.matching_steps(
        new.secret, one_time_codes.normalize_code(code), time.time()
    )
    if not steps:
        raise WrongCodeError
    codes, hashes = _new_codes()
    restart_for_write()
    db.session.refresh(user, with_for_update={"of": User})
    row = insert(Authenticator).values(
        user_id=user.id,
        secret=encrypt(current_app.config["SECRET_KEY"], PURPOSE, str(user.id), new.secret),
        last_step=max(steps),
        created_at=utcnow(),
    )
    claim = row.on_conflict_do_nothing().returning(Authenticator.user_id)
    if db.session.scalar(claim) is None:
        raise TwoFactorStateError
    _store(user, hashes)
    factors.changed(user)
    sessions.end_all(user, except_for=keep)
    security_events.record(user, "two_factor_added")
    mails.queue("two_factor_added", user)
    return codes


def turn_off(user: User, *, keep: Session | None = None) -> bool:
    """Ask `user` for no code anymore, and sign them out everywhere except on `keep`.

    Returns whether they were asked for one before. Raises LastFactorError if their role needs it.
    """
    factors.keep_one(user)
    return remove(user, keep=keep)


def remove(user: User, *, keep: Session | None = None) -> bool:
    """The same, also for the last factor."""
    row = sa.delete(Authenticator).where(Authenticator.user_id == user.id)
    if db.session.scalar(row.returning(Authenticator.user_id)) is None:
        return False
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    factors.changed(user)
    sessions.end_all(user, except_for=keep)
    security_events.record(user, "two_factor_removed")
    mails.queue("two_factor_removed", user)
    return True


def replace_recovery_codes(user: User, newest_id: int) -> list[str]:
    """Make ten new recovery codes, which void the earlier ones. Returns them.

    Raises RepeatedCodesError if that set, whose newest has `newest_id`, was replaced already, and
    TwoFactorStateError without a second factor. Restarts the transaction.
    """
    codes, hashes = _new_codes()
    restart_for_write()
    db.session.refresh(user, with_for_update={"of": User})
    if not is_enrolled(user):
        raise TwoFactorStateError
    if recovery_codes(user)[1] != newest_id:
        raise RepeatedCodesError
    _store(user, hashes)
    security_events.record(user, "recovery_codes_made")
    mails.queue("recovery_codes_made", user)
    return codes


def sign_codes(user: User, codes: list[str]) -> str:
    """What the page with new `codes` sends back to get them as a file."""
    key = current_app.config["SECRET_KEY"]
    return sign_link(key, FILE_PURPOSE, user.id, "", DRAFT_MINUTES, codes=" ".join(codes))


def read_codes(user: User, token: str) -> list[str] | None:
    """The codes in `token`, or None when they are not of `user` or it is too old."""
    link = read_link(_keys(), FILE_PURPOSE, token)
    return link.claims["codes"].split() if link and link.subject == user.id else None


def use_code(user: User, text: str) -> str:
    """Use up a code from the app of `user` or a recovery code; returns which, for the log.

    Raises WrongCodeError, also for a code that was used before, even at the same moment.
    Restarts the transaction.
    """
    code = one_time_codes.normalize_code(text)
    if one_time_codes.is_recovery_code(code):
        return _use_recovery_code(user, code)
    app = enrolled(user)
    if app is None:
        raise WrongCodeError
    steps = one_time_codes.matching_steps(_secret_of(app), code, time.time())
    restart_for_write()
    for step in steps:
        # The UPDATE is the claim: of two requests with the same code, one moves the step.
        claim = sa.update(Authenticator).where(
            Authenticator.user_id == user.id, Authenticator.last_step < step
        )
        if db.session.scalar(claim.values(last_step=step).returning(Authenticator.user_id)):
            return "code"
    raise WrongCodeError


def reencrypt() -> int:
    """Encrypt with the current key what an earlier one has encrypted. Returns how many.

    What no key reads anymore stays as it is: recovery codes still work, and the operator can help.
    """
    key = current_app.config["SECRET_KEY"]
    is_old = ~Authenticator.secret.startswith(key_mark(key, PURPOSE))
    rows = sa.select(Authenticator).where(is_old).with_for_update().limit(REENCRYPT_BATCH)
    done = 0
    for app in db.session.scalars(rows).all():
        if secret := _secret_of(app):
            app.secret = encrypt(key, PURPOSE, str(app.user_id), secret)
            done += 1
    db.session.flush()
    return done


def _use_recovery_code(user: User, code: str) -> str:
    known = db.session.scalar(RecoveryCode.of(user).with_only_columns(RecoveryCode.code_hash))
    if known is None:
        raise WrongCodeError
    code_hash = hash_alike(code, known)
    restart_for_write()
    claim = sa.update(RecoveryCode).where(
        RecoveryCode.user_id == user.id,
        RecoveryCode.code_hash == code_hash,
        RecoveryCode.used_at.is_(None),
    )
    if db.session.scalar(claim.values(used_at=utcnow()).returning(RecoveryCode.id)) is None:
        raise WrongCodeError
    left = str(recovery_codes(user)[0])
    security_events.record(user, "recovery_code_used", left=left)
    mails.queue("recovery_code_used", user, left=left)
    return "recovery_code"


def _new_codes() -> tuple[list[str], list[str]]:
    """A new set of recovery codes, as people read them, and their hashes with a common salt."""
    codes: set[str] = set()
    while len(codes) < one_time_codes.RECOVERY_CODES:
        codes.add(one_time_codes.random_recovery_code())
    first, *others = codes
    hashes = [passwords.hash_password(first)]
    hashes += [hash_alike(code, hashes[0]) for code in others]
    return [one_time_codes.readable_recovery_code(code) for code in codes], hashes


def _store(user: User, hashes: list[str]) -> None:
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    rows = [{"user_id": user.id, "code_hash": code_hash} for code_hash in hashes]
    db.session.execute(sa.insert(RecoveryCode), rows)


def _secret_of(app: Authenticator) -> str:
    """The secret of `app`; empty if it was encrypted with a key that is gone."""
    try:
        return decrypt(_keys(), PURPOSE, str(app.user_id), app.secret)
    except UnreadableError:
        return ""


def _keys() -> list[str]:
    config = current_app.config
    return [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
