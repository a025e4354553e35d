"""Emails that one can do without: those that staff get unasked, and those that people chose."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.models import MailOptOut, User
from app.models.messages.mail_opt_out import MAIL_KINDS, MailKind
from app.models.messages.notification import CHOOSABLE
from app.policies import has_permission, may_moderate
from app.services.messages import notification_choices

# What a link that ends emails can be about: emails to staff, a kind of notification, the digest.
ENDABLE = (*MAIL_KINDS, *CHOOSABLE, "digest")


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


def is_subscribed(user: User, kind: str) -> bool:
    """Whether `user` gets emails of this kind, one of ENDABLE."""
    if kind in MAIL_KINDS:
        return kind not in unwanted_by(user)
    return notification_choices.is_emailed(user, kind)


def unsubscribe(user: User, kind: str) -> None:
    """Send `user` no more of this kind, one of ENDABLE. Repeating it changes nothing."""
    if kind not in MAIL_KINDS:
        notification_choices.stop_emails(user, kind)
        return
    row = insert(MailOptOut).values(user_id=user.id, kind=kind)
    db.session.execute(row.on_conflict_do_nothing())


def subscribe(user: User, kind: str) -> None:
    """Send `user` this kind again. Repeating it changes nothing."""
    if kind not in MAIL_KINDS:
        notification_choices.resume_emails(user, kind)
        return
    gone = sa.delete(MailOptOut).where(MailOptOut.user_id == user.id, MailOptOut.kind == kind)
    db.session.execute(gone)


def choose(user: User, wanted: Collection[str]) -> None:
    """Of what `user` gets, send only the `wanted` kinds."""
    for kind in kinds_for(user):
        (subscribe if kind in wanted else unsubscribe)(user, kind)
