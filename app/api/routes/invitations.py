"""Invitations of everybody, for those who manage people."""

from __future__ import annotations

from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.base import Descending
from app.api.schemas.invitation import (
    FreshInvitation,
    InvitationList,
    NewInvitation,
    serialize_fresh_invitation,
    serialize_invitation,
)
from app.extensions import db
from app.lib.log_events import log_event
from app.policies import may_invite
from app.services.accounts import invitations
from app.services.accounts.invitations import Sent
from app.web.access import require
from app.web.actors import acting
from app.web.rate_limits.rules import hit, per_person
from app.web.templates import url_for
from app.web.viewer import member


@operation("get", "/admin/invitations", permissions=("manage_people",))
def list_invitations(query: Descending) -> InvitationList:
    """List the invitations of everybody, newest first."""
    rows, meta, links = pagination.newest_first(query, invitations.page, key=_id_of)
    shown = [serialize_invitation(row) for row in rows]
    return InvitationList(items=shown, meta=meta, links=links)


def _id_of(sent: Sent) -> int:
    return sent.invitation.id


@operation(
    "post",
    "/admin/invitations",
    status=201,
    permissions=("manage_people",),
    failures=(409,),
)
def create_invitation(body: NewInvitation) -> tuple[FreshInvitation, dict[str, str]]:
    """Create a link by which others can join, in your name.

    Your role has to let you invite people.
    """
    require(may_invite(member()))
    hit("invitation", per_person("20/hour"))
    made = invitations.create(member(), body.uses, body.expires_in_days, acting())
    db.session.commit()
    log_event("invitation_created", invitation_id=made.id, uses=made.uses_max)
    fresh = serialize_fresh_invitation(made, member(), invitations.url_of(made))
    return fresh, {"Location": url_for("api.list_invitations")}


@operation(
    "delete",
    "/admin/invitations/<int:invitation_id>",
    status=204,
    permissions=("manage_people",),
    failures=(410,),
)
def revoke_invitation(invitation_id: int) -> None:
    """Make the link of an invitation useless."""
    invitation = db.first_or_404(invitations.one(invitation_id))
    invitations.revoke(invitation, acting(), invitation.user)
    db.session.commit()
    log_event("invitation_revoked", invitation_id=invitation_id)
