"""Schemas of appeals."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app import models
from app.api.schemas.base import Moment, RequestBody, ResponseBody
from app.api.schemas.decision import Decision, serialize_decision
from app.api.schemas.report import Words
from app.models.moderation.case import WORDS_MAX


class Appeal(ResponseBody):
    """What somebody says against a decision about them, and the answer."""

    person_id: int
    person: str
    decision: Decision
    decision_words: str = Field(description="What the moderator wrote to the person.")
    words: str = Field(description="What the person says.")
    created_at: Moment
    outcome: str | None = Field(description="`upheld` or `overturned`; null: not answered yet.")
    answer: str
    answered_at: Moment | None


class AppealList(ResponseBody):
    """Appeals that nobody has answered, oldest first."""

    items: list[Appeal]


class NewAnswer(RequestBody):
    """How to answer an appeal."""

    outcome: Literal["upheld", "overturned"] = Field(
        description="Whether the decision stands, or is taken back."
    )
    words: Words = Field(
        default="", description=f"A message to the person; at most {WORDS_MAX} characters."
    )


def serialize_appeal(appeal: models.Appeal) -> Appeal:
    return Appeal(
        person_id=appeal.decision.person_id,
        person=appeal.decision.person.username,
        decision=serialize_decision(appeal.decision),
        decision_words=appeal.decision.words,
        words=appeal.words,
        created_at=appeal.created_at,
        outcome=appeal.outcome,
        answer=appeal.answer,
        answered_at=appeal.answered_at,
    )
