"""Passkeys: add, sign in with, list, remove."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from app.database.upsert import insert
from app.extensions import db
from app.lib import passkeys
from app.lib.dates import utcnow
from app.lib.passkeys import InvalidAnswerError, RelyingParty
from app.lib.tokens import hash_token, random_token
from app.models import Passkey, PasskeyChallenge, Session, User
from app.models.accounts.passkey import passkey_host
from app.services.accounts import factors, security_events, sessions
from app.services.errors import PasskeyRefusedError, TooManyPasskeysError
from app.services.messages import mails

CHALLENGE_LASTS = timedelta(minutes=10)
# So that all of a person's passkeys fit on one page.
PASSKEYS_MAX = 20


def relying_party() -> RelyingParty:
    """This site, whose passkeys work at the host of BASE_URL alone."""
    address = urlsplit(current_app.config["BASE_URL"])
    origin = f"{address.scheme}://{address.netloc}"
    return RelyingParty(passkey_host(), origin, current_app.config["SITE_NAME"])


def ask_for_new(user: User, browser: str) -> str:
    """What the browser of `user` needs to make a passkey, as JSON."""
    known = db.session.scalars(Passkey.of(user)).all()
    ids = [passkey.credential_id for passkey in known]
    handle = known[0].user_handle if known else random_token()
    challenge = _new_challenge(browser, handle)
    return passkeys.creation_options(relying_party(), challenge, handle, user.username, ids)


def ask(browser: str) -> str:
    """What a browser needs to sign somebody in, as JSON."""
    return passkeys.request_options(relying_party(), _new_challenge(browser))


def ask_again(user: User, browser: str) -> str:
    """What the browser of `user` needs to show that it is still them, as JSON.

    Raises PasskeyRefusedError for somebody without a passkey: without ids, a browser offers any.
    """
    ids = [passkey.credential_id for passkey in db.session.scalars(_usable_of(user))]
    if not ids:
        raise PasskeyRefusedError
    return passkeys.request_options(relying_party(), _new_challenge(browser), ids)


def are_there(user: User) -> bool:
    """Whether `user` has a passkey that works here."""
    return db.session.scalars(_usable_of(user).with_only_columns(Passkey.id)).first() is not None


def _usable_of(user: User) -> sa.Select[Passkey]:
    return Passkey.of(user).where(Passkey.works_here())


def add(user: User, name: str, answer: str, browser: str, *, keep: Session | None) -> Passkey:
    """Add the passkey that `answer` has made, and sign `user` out everywhere except on `keep`.

    Raises PasskeyRefusedError for an answer that is wrong, too late or was given before, and
    TooManyPasskeysError at PASSKEYS_MAX.
    """
    # Of two concurrent requests, the second counts the passkey of the first.
    db.session.refresh(user, with_for_update={"of": User})
    if len(db.session.scalars(Passkey.of(user)).all()) >= PASSKEYS_MAX:
        raise TooManyPasskeysError
    try:
        challenge = passkeys.read_answer(answer).challenge
        handle = _claim(challenge, browser, is_for_new=True)
        made = passkeys.verify_new(relying_party(), challenge, answer)
    except InvalidAnswerError:
        raise PasskeyRefusedError from None
    row = insert(Passkey).values(
        user_id=user.id,
        credential_hash=hash_token(made.credential_id),
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        user_handle=handle,
        host=relying_party().host,
        name=name,
        created_at=utcnow(),
    )
    added = db.session.scalar(row.on_conflict_do_nothing().returning(Passkey.id))
    if added is None:
        raise PasskeyRefusedError
    factors.changed(user)
    sessions.end_all(user, except_for=keep)
    security_events.record(user, "passkey_added", passkey=name)
    mails.queue("passkey_added", user, passkey_name=name)
    return db.session.get_one(Passkey, added)


def authenticate(answer: str, browser: str) -> User:
    """The person whose passkey has signed `answer`, after it has verified them.

    Raises PasskeyRefusedError, the same for every reason.
    """
    # Asked for any passkey, a device says whose it is.
    return _use(answer, browser, sa.select(Passkey), may_omit_handle=False).user


def confirm(user: User, answer: str, browser: str) -> None:
    """Use a passkey of `user`, who is signed in. Raises PasskeyRefusedError, also for another's."""
    # Asked for certain passkeys, a device need not say whose they are; some phones do not.
    _use(answer, browser, Passkey.of(user), may_omit_handle=True)


def _use(answer: str, browser: str, known: sa.Select[Passkey], *, may_omit_handle: bool) -> Passkey:
    """The one of the `known` passkeys that has signed `answer`; its use is noted unless refused."""
    try:
        read = passkeys.read_answer(answer)
        _claim(read.challenge, browser, is_for_new=False)
        found = known.where(Passkey.credential_hash == hash_token(read.credential_id))
        found = found.options(joinedload(Passkey.user, innerjoin=True))
        passkey = db.session.scalar(found.with_for_update(of=Passkey))
        if passkey is None or not passkey.user.is_active:
            raise PasskeyRefusedError
        is_omitted = may_omit_handle and not read.user_handle
        if not is_omitted and read.user_handle != passkey.user_handle:
            raise PasskeyRefusedError
        passkey.sign_count = passkeys.verify(
            relying_party(), read.challenge, answer, passkey.public_key, passkey.sign_count
        )
    except InvalidAnswerError:
        raise PasskeyRefusedError from None
    passkey.last_used_at = utcnow()
    db.session.flush()
    return passkey


def remove(user: User, passkey: Passkey, *, keep: Session | None) -> None:
    """Remove a passkey of `user`, and sign them out everywhere except on `keep`.

    Raises LastFactorError if their role needs it.
    """
    factors.keep_one(user, without=passkey)
    _remove(user, passkey, keep)


def _remove(user: User, passkey: Passkey, keep: Session | None) -> None:
    db.session.delete(passkey)
    db.session.flush()
    factors.changed(user)
    sessions.end_all(user, except_for=keep)
    security_events.record(user, "passkey_removed", passkey=passkey.name)
    mails.queue("passkey_removed", user, passkey_name=passkey.name)


def remove_all(user: User) -> int:
    """Remove all passkeys of `user`, also the last factor. Returns how many.

    It signs them out everywhere.
    """
    removed = db.session.scalars(Passkey.of(user)).all()
    for passkey in removed:
        _remove(user, passkey, None)
    return len(removed)


def count_of_other_hosts() -> int:
    """How many passkeys belong to another host than the site's, and so work no longer."""
    others = sa.select(sa.func.count()).where(Passkey.host != relying_party().host)
    return db.session.scalars(others).one()


def purge() -> int:
    """Delete challenges that nobody answered in time. Returns how many."""
    old = sa.delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < utcnow())
    return len(db.session.scalars(old.returning(PasskeyChallenge.challenge_hash)).all())


def _new_challenge(browser: str, handle: str = "") -> str:
    challenge = random_token()
    row = PasskeyChallenge(
        challenge_hash=hash_token(challenge),
        browser_hash=hash_token(browser),
        user_handle=handle,
        expires_at=utcnow() + CHALLENGE_LASTS,
    )
    db.session.add(row)
    db.session.flush()
    return challenge


def _claim(challenge: str, browser: str, *, is_for_new: bool) -> str:
    """Use up a challenge, and return the handle that was sent with it.

    One for a new passkey has a handle, and no other. Raises PasskeyRefusedError for the second use,
    in another browser, or for the other purpose.
    """
    has_handle = PasskeyChallenge.user_handle != ""
    claim = sa.delete(PasskeyChallenge).where(
        has_handle if is_for_new else ~has_handle,
        PasskeyChallenge.challenge_hash == hash_token(challenge),
        PasskeyChallenge.browser_hash == hash_token(browser),
        PasskeyChallenge.expires_at > utcnow(),
    )
    handle = db.session.scalar(claim.returning(PasskeyChallenge.user_handle))
    if handle is None:
        raise PasskeyRefusedError
    return str(handle)
