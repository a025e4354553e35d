"""Schemas of the audit log."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from app.api.schemas.base import (
    Descending,
    KeysetList,
    Moment,
    ResponseBody,
    max_length,
    text_limits,
)
from app.lib.usernames import USERNAME_MAX
from app.services.site.audit import Action

Name = Annotated[str, AfterValidator(max_length(USERNAME_MAX))]
WHO = "A username, or an id such as `#12`"


class AuditEntries(Descending):
    """Which entries to list."""

    actor: Name = Field(
        default="",
        description=f"{WHO}; `#0` is the command line.",
        json_schema_extra=text_limits(USERNAME_MAX),
    )
    person: Name = Field(
        default="", description=f"{WHO}.", json_schema_extra=text_limits(USERNAME_MAX)
    )
    action: Action | None = Field(default=None, description="What was done.")


class AuditEntry(ResponseBody):
    """A privileged act."""

    id: int
    at: Moment
    action: str
    actor_id: int | None = Field(description="Null: the command line.")
    actor: str | None
    person_id: int | None
    person: str | None
    target: str
    rule: str | None
    reason: str
    network: str
    request_id: str | None


class AuditEntryList(KeysetList[AuditEntry]):
    """Entries, newest first."""
