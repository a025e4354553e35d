"""Filters, and what they found in a post."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import VISIBLE, Moment, RequestBody, ResponseBody, max_length, text_limits
from app.api.schemas.mute import Days
from app.lib.dates import utcnow
from app.lib.text import one_line
from app.lib.word_filters import Word, is_findable
from app.models.community.filter import CONTEXTS, KEYWORD_MAX, TITLE_MAX, Action, Context
from app.services.community.filters import KEYWORDS_MAX, Definition, Match

Contexts = Annotated[list[Context], Field(min_length=1, max_length=len(CONTEXTS))]
WHERE = (
    "`home`: the home timeline, and your likes and bookmarks; `notifications`; `public`: Explore, "
    "tags, and search; `thread`: conversations; `account`: profiles."
)


def _findable(text: str) -> str:
    if not is_findable(text):
        raise ValueError("There is no letter, digit, or emoji to look for.")
    return text


class Keyword(RequestBody):
    """A word, a phrase or a #tag. Case and accents make no difference."""

    keyword: Annotated[
        str,
        AfterValidator(one_line),
        AfterValidator(max_length(KEYWORD_MAX)),
        AfterValidator(_findable),
    ] = Field(
        min_length=1,
        description=f"At most {KEYWORD_MAX} characters, among them a letter, a digit, or an emoji.",
        json_schema_extra=text_limits(KEYWORD_MAX, VISIBLE),
    )
    whole_word: bool = Field(
        default=True, description="Whether it is not looked for inside longer words."
    )


Keywords = Annotated[list[Keyword], Field(min_length=1, max_length=KEYWORDS_MAX)]
Title = Annotated[
    str,
    AfterValidator(one_line),
    AfterValidator(max_length(TITLE_MAX)),
    Field(json_schema_extra=text_limits(TITLE_MAX)),
]


class FilterChanges(RequestBody):
    """Changes to a filter; fields that are left out stay the same."""

    keywords: Keywords | None = Field(default=None, description="Replaces all of them.")
    contexts: Contexts | None = Field(default=None, description=WHERE)
    action: Action | None = Field(
        default=None, description="`warn`: fold the post and say why. `hide`: leave it out."
    )
    title: Title | None = Field(
        default=None,
        description=f"At most {TITLE_MAX} characters. Empty: it is named after its words.",
    )
    days: Days | None = Field(default=None, description="From now on. 0: until you delete it.")

    def definition(self, mine: models.Filter | None = None) -> Definition:
        """What the filter (None: a new one) is to be."""
        contexts, action = CONTEXTS, self.action or "warn"
        words, title, expires_at = list[Word](), None, None
        if mine is not None:
            words = [Word(one.keyword, one.whole_word) for one in mine.keywords]
            contexts, action, title = mine.contexts, self.action or mine.action, mine.title
            expires_at = mine.expires_at
        if self.keywords is not None:
            words = [Word(one.keyword, one.whole_word) for one in self.keywords]
        if self.days is not None:
            expires_at = utcnow() + timedelta(days=self.days) if self.days else None
        return Definition(
            words=words,
            contexts=contexts if self.contexts is None else self.contexts,
            action=action,
            title=title if self.title is None else self.title or None,
            expires_at=expires_at,
        )


class NewFilter(FilterChanges):
    """A filter to add."""

    keywords: Keywords
    contexts: Contexts = Field(default=list(CONTEXTS), description=WHERE)


class FilterKeyword(ResponseBody):
    """A word, phrase or #tag of a filter."""

    id: int
    keyword: str
    whole_word: bool


class Filter(ResponseBody):
    """What you do not want to read, and where."""

    id: int
    title: str = Field(description="Its own, or its words.")
    keywords: list[FilterKeyword]
    contexts: list[Context]
    action: Action
    created_at: Moment
    expires_at: Moment | None = Field(description="Filters nothing from then on.")


class FilterList(ResponseBody):
    """All your filters, latest first."""

    items: list[Filter]


class FilterHit(ResponseBody):
    """One of your filters that applies to a post; clients fold it or leave it out."""

    id: int
    title: str = Field(description="The filter's own, or the words that were found.")
    words: list[str] = Field(description="Those of its words that the post has.")
    contexts: list[Context]
    action: Action


def serialize_filter(row: models.Filter) -> Filter:
    words = [one.keyword for one in row.keywords]
    return Filter(
        id=row.id,
        title=row.title or ", ".join(words),
        keywords=[
            FilterKeyword(id=one.id, keyword=one.keyword, whole_word=one.whole_word)
            for one in row.keywords
        ],
        contexts=list(row.contexts),
        action=row.action,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def serialize_hits(match: Match | None) -> list[FilterHit]:
    return [
        FilterHit(
            id=hit.filter_id,
            title=", ".join(hit.names),
            words=list(hit.words),
            contexts=list(hit.contexts),
            action=hit.action,
        )
        for hit in match or ()
    ]
