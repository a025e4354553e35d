"""What all bodies, queries and answers have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from flask_babel import ngettext
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from app.database.cursor import ID_MAX
from app.lib.text import length

Item = TypeVar("Item")
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?")


class Body(BaseModel):
    """What a program sends: these fields, of these types, and nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Answer(BaseModel):
    """What a program gets."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(BaseModel):
    """What stands after the question mark; names we do not know are not looked at."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def names(cls) -> list[str]:
        """What may stand there."""
        return [field.alias or name for name, field in cls.model_fields.items()]


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 19):
        raise ValueError("This is no whole number.")
    return value


def decimal(value: Any) -> Any:
    """Only what every program writes and reads as a number."""
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError("This is no number.")
    return value


def at_most(most: int) -> Callable[[str], str]:
    """The same rule as in forms: counted as everywhere, told in the same words."""

    def check(text: str) -> str:
        surplus = length(text) - most
        if surplus > 0:
            raise ValueError(
                ngettext(
                    "This is %(num)s character too long.",
                    "This is %(num)s characters too long.",
                    surplus,
                )
            )
        return text

    return check


Number = Annotated[int, BeforeValidator(_digits)]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Path = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


class Numbered(Query):
    """A page by its number, as long as nobody asks for a place in the list by id."""

    page: Number = Field(1, ge=1, le=PAGE_MAX, description="Number of the page.")
    per_page: Number = Field(10, ge=1, le=ID_MAX, description="Items on a page; 100 at most.")


class Ascending(Numbered):
    """A list with the first ones first."""

    after: Number | None = Field(
        None,
        ge=0,
        le=ID_MAX,
        description="Instead of `page`: only ids after this one. Nothing is skipped or repeated "
        "while people join. Begin with 0.",
    )


class Descending(Query):
    """A list with the newest ones first, by id."""

    before: Number | None = Field(
        None, ge=1, le=ID_MAX, description="Only what is older than this id."
    )
    after: Number | None = Field(
        None, ge=1, le=ID_MAX, description="Only what is newer than this id."
    )
    per_page: Number = Field(10, ge=1, le=ID_MAX, description="Items on a page; 100 at most.")


class PageLinks(Answer):
    """Where to go on; null at the ends."""

    self: Path
    next: Path | None
    prev: Path | None


class NumberedMeta(Answer):
    """How much there is. `page` is null for a page that was asked for by id."""

    page: int | None
    per_page: int
    total_pages: int
    total_items: int


class KeysetMeta(Answer):
    """How much was asked for."""

    per_page: int


class NumberedList(Answer, Generic[Item]):
    """One page of a list that is counted."""

    items: list[Item]
    meta: NumberedMeta = Field(serialization_alias="_meta")
    links: PageLinks = Field(serialization_alias="_links")


class KeysetList(Answer, Generic[Item]):
    """One page of a list that is not."""

    items: list[Item]
    meta: KeysetMeta = Field(serialization_alias="_meta")
    links: PageLinks = Field(serialization_alias="_links")
