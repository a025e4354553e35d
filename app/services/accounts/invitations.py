"""Invitations: make, read, use and revoke the links by which people join."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import random_token, read_code, sign_code
from app.models import Invitation, Invitee, User
from app.policies import is_staff, may_invite, may_revoke
from app.services.errors import (
    GoneError,
    InvitationError,
    NotAllowedError,
    TooManyInvitationsError,
)
from app.services.site import audit
from app.services.site.audit import Actor

PURPOSE = "invitation"
NONCE_BYTES = 9
USES_MAX = 100
DAYS_MAX = 90
# So that all of a person's invitations fit on one page.
LIVE_MAX = 20
# Of each, the page names so many who joined.
NAMED_MAX = 3
EXPIRED_RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class Sent:
    """An invitation with its link, and the latest who came by it."""

    invitation: Invitation
    url: str
    joined: Sequence[User]

    @property
    def more(self) -> int:
        """How many others came."""
        return self.invitation.uses_count - len(self.joined)


def create(maker: User | None, uses: int, days: int, by: Actor | None = None) -> Invitation:
    """Make a link for `uses` people in the next `days`; without a maker, the operator's.

    `by` is the maker, with what the audit log keeps of staff. Raises TooManyInvitationsError at
    LIVE_MAX of one maker.
    """
    if maker is not None:
        _require_room(maker)
    now = utcnow()
    invitation = Invitation(
        user_id=maker.id if maker else None,
        nonce=random_token(NONCE_BYTES),
        uses_max=uses,
        uses_left=uses,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(invitation)
    db.session.flush()
    _record("create_invitation", invitation, by or Actor(maker))
    return invitation


def _record(
    action: audit.Action, invitation: Invitation, by: Actor, maker: User | None = None
) -> None:
    """What staff and the command line do is in the audit log; what members do, is not."""
    if by.person is None or is_staff(by.person):
        audit.record(action, by, person=maker, target=f"#{invitation.id}")


def _require_room(maker: User) -> None:
    # Of two concurrent requests, the second sees the invitation of the first.
    db.session.refresh(maker, with_for_update={"of": User})
    live = Invitation.live_of(maker).with_only_columns(Invitation.id).order_by(None)
    if len(db.session.scalars(live).all()) >= LIVE_MAX:
        raise TooManyInvitationsError


def code_of(invitation: Invitation) -> str:
    """The code in its link: as long as the key that signs it is in use."""
    return sign_code(current_app.config["SECRET_KEY"], PURPOSE, invitation.nonce)


def url_of(invitation: Invitation) -> str:
    """The link, for whoever is invited."""
    return f"{current_app.config['BASE_URL']}/auth/register?invite={code_of(invitation)}"


def sent_by(maker: User) -> list[Sent]:
    """The live invitations of `maker`, newest first; three statements."""
    rows = db.session.scalars(Invitation.live_of(maker)).all()
    return _with_joined(rows, User.visibility_clause(maker))


def page(cursor: Cursor) -> list[Sent]:
    """A page of the invitations of everybody, with their makers, newest first."""
    with_maker = joinedload(Invitation.user).joinedload(User.role)
    rows = cursor.apply(sa.select(Invitation).options(with_maker), Invitation.id)
    return _with_joined(db.session.scalars(rows).all())


def one(invitation_id: int) -> sa.Select[Invitation]:
    """The invitation with this id, with its maker and their role."""
    with_maker = joinedload(Invitation.user).joinedload(User.role)
    return sa.select(Invitation).where(Invitation.id == invitation_id).options(with_maker)


def _with_joined(rows: Sequence[Invitation], *conditions: sa.ColumnElement[bool]) -> list[Sent]:
    """The invitations, and who came by them last of those who meet the conditions."""
    place = sa.func.row_number().over(
        partition_by=Invitee.invitation_id, order_by=Invitee.user_id.desc()
    )
    is_by_them = Invitee.invitation_id.in_([row.id for row in rows])
    came = sa.select(Invitee.user_id, place.label("place")).where(is_by_them).subquery()
    newest = sa.select(came.c.user_id).where(came.c.place <= NAMED_MAX)
    people = (
        sa.select(Invitee)
        .join(Invitee.user)
        .where(Invitee.user_id.in_(newest), *conditions)
        .options(joinedload(Invitee.user, innerjoin=True))
        .order_by(Invitee.user_id.desc())
    )
    by_invitation: dict[int | None, list[User]] = {}
    for invitee in db.session.scalars(people) if rows else ():
        by_invitation.setdefault(invitee.invitation_id, []).append(invitee.user)
    return [Sent(row, url_of(row), by_invitation.get(row.id, [])) for row in rows]


def find(code: str) -> Invitation | None:
    """The invitation behind `code` with its maker, if somebody may still join by it."""
    config = current_app.config
    secrets = [config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]]
    nonce = read_code(secrets, PURPOSE, code)
    if nonce is None:
        return None
    usable = sa.select(Invitation).where(
        Invitation.nonce == nonce, Invitation.uses_left > 0, Invitation.expires_at > utcnow()
    )
    with_maker = usable.options(joinedload(Invitation.user).joinedload(User.role))
    invitation = db.session.scalar(with_maker)
    return invitation if invitation is not None and _is_good(invitation) else None


def _is_good(invitation: Invitation) -> bool:
    """Whether its maker is still there and may still invite."""
    maker = invitation.user
    return maker is None or (maker.is_present and may_invite(maker))


def use(code: str) -> Invitation:
    """Take one use, in the transaction that makes the account. Raises InvitationError.

    `record_invitee` then keeps who came.
    """
    invitation = find(code)
    if invitation is None:
        raise InvitationError
    claim = sa.update(Invitation).where(
        Invitation.id == invitation.id,
        Invitation.uses_left > 0,
        Invitation.expires_at > utcnow(),
    )
    claim = claim.values(uses_left=Invitation.uses_left - 1).returning(Invitation.id)
    if db.session.scalar(claim.execution_options(synchronize_session=False)) is None:
        raise InvitationError
    return invitation


def record_invitee(newcomer: User, invitation: Invitation) -> None:
    """Keep who invited `newcomer`."""
    row = Invitee(user_id=newcomer.id, inviter_id=invitation.user_id, invitation_id=invitation.id)
    db.session.add(row)
    db.session.flush()


def inviter_of(user: User) -> sa.Select[User]:
    """Who invited `user`, if somebody did."""
    return (
        sa.select(User)
        .join(Invitee, Invitee.inviter_id == User.id)
        .where(Invitee.user_id == user.id)
    )


def invited_by(user: User) -> sa.Select[User]:
    """Whom `user` has invited, in the order in which they joined."""
    came = sa.select(User).join(Invitee, Invitee.user_id == User.id)
    return came.where(Invitee.inviter_id == user.id).order_by(User.id)


def revoke(invitation: Invitation, by: Actor, maker: User | None = None) -> None:
    """Make the link useless; who came by it stays known.

    Staff revoke that of a `maker` whom they outrank, or the operator's: raises NotAllowedError.
    Raises GoneError for the later of two at once.
    """
    if by.person is not None and not may_revoke(by.person, invitation, maker):
        raise NotAllowedError
    gone = sa.delete(Invitation).where(Invitation.id == invitation.id).returning(Invitation.id)
    if db.session.scalar(gone) is None:
        raise GoneError
    _record("revoke_invitation", invitation, by, maker)


def give_back(ids: Collection[int]) -> None:
    """Have the invitations work again by which those with these ids came, who are to be erased.

    They never confirmed their address. So one that another account has uses up nothing for good,
    and until then nobody can tell it from any other.
    """
    came = Invitee.user_id.in_(ids)
    count = sa.select(sa.func.count()).where(came, Invitee.invitation_id == Invitation.id)
    left = Invitation.uses_left + count.correlate(Invitation).scalar_subquery()
    most = sa.case((left > Invitation.uses_max, Invitation.uses_max), else_=left)
    theirs = sa.select(Invitee.invitation_id).where(came, Invitee.invitation_id.is_not(None))
    change = sa.update(Invitation).where(Invitation.id.in_(theirs)).values(uses_left=most)
    db.session.execute(change.execution_options(synchronize_session=False))


def purge() -> int:
    """Delete invitations that expired long ago. Returns how many."""
    old = sa.delete(Invitation).where(Invitation.expires_at < utcnow() - EXPIRED_RETENTION)
    return len(db.session.scalars(old.returning(Invitation.id)).all())
