"""Schemas of people as staff see them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import (
    Descending,
    KeysetList,
    Moment,
    ResponseBody,
    max_length,
    text_limits,
)
from app.lib.emails import EMAIL_MAX
from app.models.accounts.role import ROLE_NAME_MAX
from app.services.accounts.emails import masked
from app.services.accounts.people import Access

State = Literal["unconfirmed", "waiting", "closed"]
Text = Annotated[str, AfterValidator(max_length(EMAIL_MAX))]
RoleName = Annotated[str, AfterValidator(max_length(ROLE_NAME_MAX))]


class People(Descending):
    """Whom to list."""

    q: Text = Field(
        default="",
        description="How a name, a username or, for those who may see it, an address begins.",
        json_schema_extra=text_limits(EMAIL_MAX),
    )
    role: RoleName = Field(
        default="",
        description="The name of a role.",
        json_schema_extra=text_limits(ROLE_NAME_MAX),
    )
    state: State | None = Field(default=None, description="Why somebody is not there.")


class Person(ResponseBody):
    """Somebody's account, as staff see it."""

    id: int
    username: str
    display_name: str
    email: str = Field(description="Masked for those who may not see addresses.")
    is_verified: bool
    is_waiting: bool = Field(description="Has asked to join, and nobody has decided.")
    is_closed: bool
    role: str
    created_at: Moment


class PersonDetails(Person):
    """The same, and how they came here and sign in."""

    inviter: str | None = Field(description="The username of who invited them.")
    device_count: int
    has_app: bool = Field(description="Whether they have an authenticator app.")
    passkey_count: int


class PeopleList(KeysetList[Person]):
    """People, who joined last first."""


def serialize_person(user: models.User, *, sees_addresses: bool) -> Person:
    return Person(**_fields(user, sees_addresses))


def serialize_details(user: models.User, access: Access, *, sees_addresses: bool) -> PersonDetails:
    return PersonDetails(
        inviter=access.inviter,
        device_count=access.devices,
        has_app=access.has_app,
        passkey_count=access.passkeys,
        **_fields(user, sees_addresses),
    )


def _fields(user: models.User, sees_addresses: bool) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email if sees_addresses else masked(user.email),
        "is_verified": user.is_verified,
        "is_waiting": user.is_applicant,
        "is_closed": not user.is_active,
        "role": user.role.name,
        "created_at": user.created_at,
    }
