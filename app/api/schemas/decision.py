"""Schemas of decisions about people."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from app import models
from app.api.schemas.base import VISIBLE, Id, Moment, RequestBody, ResponseBody, whole
from app.api.schemas.post import Note
from app.api.schemas.report import Words
from app.models.moderation.case import WORDS_MAX
from app.models.moderation.decision import Action
from app.models.posts.post import CONTENT_NOTE_MAX

DAYS_MAX = 3650
Days = Annotated[int, Field(ge=0, le=DAYS_MAX), BeforeValidator(whole)]


# What requires a note has one.
WITH_NOTE: JsonDict = {
    "if": {"properties": {"action": {"const": "require_note"}}, "required": ["action"]},
    "then": {"properties": {"note": {"minLength": 1, "pattern": VISIBLE}}, "required": ["note"]},
}


class NewDecision(RequestBody):
    """What to do about the person of a case."""

    model_config = ConfigDict(json_schema_extra=WITH_NOTE)

    action: Action = Field(
        description="`none` closes the case, and the person gets no message; "
        "`hide_posts` hides the posts that were reported; `require_note` puts `note` on them."
    )
    rule_id: Id | None = Field(default=None, description="Which rule they broke.")
    days: Days = Field(
        default=30, description="How long to silence or suspend, or to require a note; 0: for good."
    )
    note: Note = Field(
        default="",
        description="The content note to require, in the language of the posts; at most "
        f"{CONTENT_NOTE_MAX} characters.",
    )
    words: Words = Field(
        default="", description=f"A message to the person; at most {WORDS_MAX} characters."
    )
    notifies_reporters: bool = Field(
        default=True, description="Whether to tell those who reported that there is a decision."
    )


class Decision(ResponseBody):
    """What moderators decided about somebody."""

    id: int
    case_id: int | None = Field(description="Null: made on the command line.")
    action: str
    rule_id: int | None
    moderator_id: int | None
    created_at: Moment
    until: Moment | None = Field(description="Null: for good, or nothing that could end.")
    lifted_at: Moment | None
    undone_at: Moment | None = Field(description="When it was taken back, after an appeal.")


def serialize_decision(row: models.Decision) -> Decision:
    return Decision(
        id=row.id,
        case_id=row.case_id,
        action=row.action,
        rule_id=row.rule_id,
        moderator_id=row.moderator_id,
        created_at=row.created_at,
        until=row.until,
        lifted_at=row.lifted_at,
        undone_at=row.undone_at,
    )
