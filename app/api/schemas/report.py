"""Schemas of reports."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from app.api.schemas.base import Id, RequestBody, max_length, text_limits
from app.lib.text import normalize
from app.models.moderation.case import WORDS_MAX
from app.services.moderation.reports import COPIES_MAX

# At most WORDS_MAX characters, as in the forms.
Words = Annotated[
    str,
    AfterValidator(normalize),
    AfterValidator(max_length(WORDS_MAX)),
    Field(json_schema_extra=text_limits(WORDS_MAX)),
]
Ids = Annotated[list[Id], Field(max_length=COPIES_MAX)]


class NewReport(RequestBody):
    """What to tell moderators about somebody."""

    user_id: Id = Field(description="Whom it is about.")
    rule_id: Id | None = Field(
        default=None, description="Which rule they broke; null: something else, said in `words`."
    )
    words: Words = Field(
        default="", description=f"What moderators should know; at most {WORDS_MAX} characters."
    )
    post_ids: Ids = Field(default=[], description="Posts of theirs to attach.")
    message_ids: Ids = Field(default=[], description="Messages of theirs to you to attach.")
    block: bool = Field(default=False, description="Whether to block them, too.")
