"""Applications: ask to join, and decide who may."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload, undefer

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Application, User
from app.policies import has_permission
from app.services.accounts import roles
from app.services.errors import GoneError
from app.services.messages import mails
from app.services.posts import search_index
from app.services.site import audit
from app.services.site.audit import Actor

UNCONFIRMED_PERIOD = timedelta(hours=48)
UNANSWERED_PERIOD = timedelta(days=30)
ERASE_BATCH = 500


def apply(user: User, reason: str, network: str) -> None:
    """Have the new account `user` wait until somebody lets them in."""
    user.applied_at = utcnow()
    db.session.add(Application(user_id=user.id, reason=reason, network=network))
    db.session.flush()


def of(user: User) -> Application | None:
    """The application of `user`, if nobody has decided yet."""
    return db.session.get(Application, user.id)


def page(limit: int, after: int | None = None) -> Sequence[Application]:
    """The `limit` oldest applications that wait, after the user id `after`, with their users."""
    rows = Application.waiting().options(joinedload(Application.user, innerjoin=True))
    rows = rows.where(Application.user_id > (after or 0))
    return db.session.scalars(rows.order_by(Application.user_id).limit(limit)).all()


def count() -> int:
    """How many wait."""
    waiting = sa.select(sa.func.count(User.id)).where(Application.is_waiting())
    return db.session.scalars(waiting).one()


def accept(ids: Collection[int], by: Actor) -> list[int]:
    """Let those with these ids in, and tell them by email. Returns the ids of whom it let in.

    Whoever was accepted or refused already is left out.
    """
    claim = sa.update(User).where(User.id.in_(ids), Application.is_waiting())
    claim = claim.values(applied_at=None).returning(User.id)
    accepted = db.session.scalars(claim.execution_options(synchronize_session=False)).all()
    db.session.execute(sa.delete(Application).where(Application.user_id.in_(accepted)))
    people = sa.select(User).where(User.id.in_(accepted)).order_by(User.id)
    for user in db.session.scalars(people.execution_options(populate_existing=True)):
        audit.record("accept_application", by, person=user)
        mails.queue("application_accepted", user)
    return sorted(accepted)


def refuse(ids: Collection[int], by: Actor) -> list[int]:
    """Erase the accounts with these ids, and tell their owners by email. Returns whose.

    Their names are free at once: nobody can have known them by these.
    """
    # Locked, since somebody else may be accepting them at this moment.
    waiting = sa.select(User).where(User.id.in_(ids), Application.is_waiting())
    people = db.session.scalars(waiting.order_by(User.id).with_for_update()).all()
    for user in people:
        audit.record("refuse_application", by, person=user)
        mails.queue_last("application_refused", user)
    return _erase(people)


def withdraw(user_id: int) -> None:
    """Erase an account whose owner does not want to wait. Raises GoneError if nobody waits."""
    waiting = sa.select(User).where(User.id == user_id, User.applied_at.is_not(None))
    people = db.session.scalars(waiting.with_for_update()).all()
    if not _erase(people):
        raise GoneError


def erase_unanswered() -> int:
    """Erase applications that nobody confirmed in 48 hours or answered in 30 days."""
    now = utcnow()
    is_old = User.applied_at < now - UNANSWERED_PERIOD
    if current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        is_unconfirmed = sa.and_(
            User.email_verified_at.is_(None), User.applied_at < now - UNCONFIRMED_PERIOD
        )
        is_old = sa.or_(is_old, is_unconfirmed)
    waiting = sa.select(User).where(User.applied_at.is_not(None), is_old).order_by(User.id)
    people = db.session.scalars(waiting.limit(ERASE_BATCH).with_for_update()).all()
    return len(_erase(people))


def _erase(people: Sequence[User]) -> list[int]:
    ids = [user.id for user in people]
    for user_id in ids:
        search_index.enqueue_account(user_id)
    gone = sa.delete(User).where(User.id.in_(ids), User.applied_at.is_not(None))
    db.session.execute(gone.execution_options(synchronize_session=False))
    for user in people:
        db.session.expunge(user)
    return ids


def notify_staff() -> int:
    """One email to each who may decide, if applications wait that no email has announced yet.

    Returns to how many.
    """
    new = Application.waiting().where(Application.notified_at.is_(None))
    ids = db.session.scalars(new.with_only_columns(Application.user_id)).all()
    if not ids:
        return 0
    notified = sa.update(Application).where(Application.notified_at.is_(None))
    notified = notified.where(Application.user_id.in_(ids)).values(notified_at=utcnow())
    db.session.execute(notified.execution_options(synchronize_session=False))
    waiting = str(count())
    staff = [user for user in db.session.scalars(_staff()) if has_permission(user, "manage_people")]
    # One an hour is not too many a day.
    kind = f"applications_waiting/{utcnow():%Y%m%d%H}"
    for user in staff:
        mails.queue("applications_waiting", user, counted_as=kind, waiting=waiting)
    return len(staff)


def _staff() -> sa.Select[User]:
    with_role = joinedload(User.role, innerjoin=True)
    staff = User.active().where(User.role_id.in_(roles.staff_ids()))
    return staff.options(with_role, undefer(User.has_second_factor))
