"""Schemas of cases: what has been reported about one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import (
    VISIBLE,
    Descending,
    Id,
    KeysetList,
    Moment,
    QueryIdOrZero,
    RequestBody,
    ResponseBody,
    max_length,
    not_empty,
    text_limits,
)
from app.api.schemas.decision import Decision, serialize_decision
from app.lib.text import normalize
from app.models import CaseNote, ReportedCopy
from app.models.moderation.case import WORDS_MAX
from app.services.moderation.cases import Evidence


class Cases(Descending):
    """Which cases to list."""

    queue: Literal["open", "mine", "done"] = Field(
        default="open", description="Open ones, those of them that you took, or closed ones."
    )
    rule_id: QueryIdOrZero | None = Field(
        default=None, description="What they were opened for; 0: something else."
    )


class NewCase(RequestBody):
    """Whom to open a case about."""

    user_id: Id
    post_id: Id | None = Field(default=None, description="A post of theirs to attach.")


class NewNote(RequestBody):
    """What to tell other moderators about a case."""

    text: Annotated[
        str,
        AfterValidator(normalize),
        AfterValidator(not_empty),
        AfterValidator(max_length(WORDS_MAX)),
    ] = Field(
        min_length=1,
        description=f"At most {WORDS_MAX} characters.",
        json_schema_extra=text_limits(WORDS_MAX, VISIBLE),
    )


class Case(ResponseBody):
    """What has been reported about one person. Reporters are never shown."""

    id: int
    person_id: int
    person: str
    rule_id: int | None = Field(description="What it was opened for; null: something else.")
    report_count: int = Field(description="How many people have reported.")
    assignee: str | None = Field(description="The username of who takes care of it.")
    opened_at: Moment
    closed_at: Moment | None


class Copy(ResponseBody):
    """A post or a message as it read when it was reported. `html` is safe to display."""

    id: int | None = Field(description="Null once the original is erased.")
    content_note: str | None = Field(description="What the words were folded away behind.")
    title: str | None
    body: str
    html: str
    written_at: Moment


class Note(ResponseBody):
    """What moderators tell each other."""

    author: str | None
    text: str
    created_at: Moment


class CaseDetails(Case):
    """The same with what was reported, and what is known of the person."""

    words: list[str] = Field(description="What the reporters wrote.")
    posts: list[Copy]
    messages: list[Copy]
    notes: list[Note]
    history: list[Decision] = Field(description="Decisions about the person, latest first.")


class CaseList(KeysetList[Case]):
    """Cases, newest first."""


def serialize_case(case: models.Case) -> Case:
    return Case(**_fields(case))


def serialize_details(
    case: models.Case,
    evidence: Evidence,
    notes: Sequence[CaseNote],
    history: Sequence[models.Decision],
) -> CaseDetails:
    return CaseDetails(
        words=list(evidence.words),
        posts=[_copy(row, row.post_id) for row in evidence.posts],
        messages=[_copy(row, row.message_id) for row in evidence.messages],
        notes=[_note(row) for row in notes],
        history=[serialize_decision(row) for row in history],
        **_fields(case),
    )


def _copy(row: ReportedCopy, id_: int | None) -> Copy:
    return Copy(
        id=id_,
        content_note=row.content_note,
        title=row.title,
        body=row.body,
        html=row.html,
        written_at=row.written_at,
    )


def _note(row: CaseNote) -> Note:
    author = row.author.username if row.author else None
    return Note(author=author, text=row.text, created_at=row.created_at)


def _fields(case: models.Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "person_id": case.person_id,
        "person": case.person.username,
        "rule_id": case.rule_id,
        "report_count": case.reports_count,
        "assignee": case.assignee.username if case.assignee else None,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }
