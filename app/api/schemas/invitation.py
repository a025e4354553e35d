"""Schemas of invitations."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app import models
from app.api.schemas.base import KeysetList, Moment, RequestBody, ResponseBody, whole
from app.services.accounts.invitations import DAYS_MAX, USES_MAX, Sent

Uses = Annotated[int, Field(ge=1, le=USES_MAX), BeforeValidator(whole)]
Days = Annotated[int, Field(ge=1, le=DAYS_MAX), BeforeValidator(whole)]


class NewInvitation(RequestBody):
    """A link to create."""

    uses: Uses = Field(default=1, description="For how many people.")
    expires_in_days: Days = Field(default=7, description="For how long it works.")


class Invitation(ResponseBody):
    """An invitation, without its link."""

    id: int
    maker: str | None = Field(description="Who made it; null: the command line.")
    uses_left: int
    uses_max: int
    created_at: Moment
    expires_at: Moment
    joined: list[str] = Field(description="The usernames of the last who came by it.")


class FreshInvitation(Invitation):
    """A new invitation."""

    url: str = Field(description="The link, for whoever is invited.")


class InvitationList(KeysetList[Invitation]):
    """Invitations, newest first."""


def serialize_invitation(sent: Sent) -> Invitation:
    maker = sent.invitation.user
    joined = [person.username for person in sent.joined]
    return Invitation(**_fields(sent.invitation, maker), joined=joined)


def serialize_fresh_invitation(
    row: models.Invitation, maker: models.User, url: str
) -> FreshInvitation:
    return FreshInvitation(**_fields(row, maker), joined=[], url=url)


def _fields(row: models.Invitation, maker: models.User | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "maker": maker.username if maker else None,
        "uses_left": row.uses_left,
        "uses_max": row.uses_max,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }
