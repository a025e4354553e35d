"""Emails that people get until they say otherwise: who gets which, and opting out."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.models import MailOptOut, User
from app.models.messages.mail_opt_out import MAIL_KINDS, MailKind
from app.policies import has_permission, may_moderate


def kinds_for(user: User) -> list[MailKind]:
    """What the role of `user` has them get."""
    is_sent: dict[MailKind, bool] = {
        "cases_waiting": may_moderate(user),
        "applications_waiting": has_permission(user, "manage_people"),
    }
    return [kind for kind in MAIL_KINDS if is_sent[kind]]


def unwanted_by(user: User) -> set[MailKind]:
    """What `user` has opted out of."""
    kinds = sa.select(MailOptOut.kind).where(MailOptOut.user_id == user.id)
    return set(db.session.scalars(kinds))


def unsubscribe(user: User, kind: MailKind) -> None:
    """Send `user` no more of this kind. Repeating it changes nothing."""
    row = insert(MailOptOut).values(user_id=user.id, kind=kind)
    db.session.execute(row.on_conflict_do_nothing())


def subscribe(user: User, kind: MailKind) -> None:
    """Send `user` this kind again. Repeating it changes nothing."""
    gone = sa.delete(MailOptOut).where(MailOptOut.user_id == user.id, MailOptOut.kind == kind)
    db.session.execute(gone)


def choose(user: User, wanted: Collection[str]) -> None:
    """Of what `user` gets, send only the `wanted` kinds."""
    for kind in kinds_for(user):
        (subscribe if kind in wanted else unsubscribe)(user, kind)
