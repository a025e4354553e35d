"""Base classes and types of request bodies, queries and responses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from app.database.cursor import ID_MAX
from app.lib.text import BLANK
from app.web.forms import length_problem

Item = TypeVar("Item")
PER_PAGE_MAX = 100
PAGE_MAX = 1_000_000
# Patterns of texts in JSON Schema. Storable: without NUL. Visible: at least one character that is
# neither a space nor a mark nor drawn as nothing.
STORABLE = r"^[^\u0000]*$"
VISIBLE = rf"^[^\u0000]*[^\p{{C}}\p{{M}}\p{{Z}}{BLANK}][^\u0000]*$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,400})?([eE][-+]?[0-9]{1,3})?")


class RequestBody(BaseModel):
    """A request body: these fields, of these types, and nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid")


class ResponseBody(BaseModel):
    """A response body."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Query(BaseModel):
    """The query string; unknown parameters are ignored."""

    model_config = ConfigDict(extra="ignore")

    @classmethod
    def names(cls) -> list[str]:
        """The parameters' names."""
        return [field.alias or name for name, field in cls.model_fields.items()]


def whole(value: Any) -> Any:
    """JSON Schema counts 5.0 as an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 19):
        raise ValueError("Not a whole number.")
    return value


def decimal(value: Any) -> Any:
    """Only numbers in plain decimal or scientific notation."""
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError("Not a number.")
    return value


def calendar_day(value: Any) -> Any:
    """Only days such as 2026-11-30; pydantic would take seconds and other forms too."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("Not a day.")
    return value


def text_limits(maximum: int | None = None, pattern: str = STORABLE) -> dict[str, Any]:
    """The JSON Schema of a text that validators check.

    Its `maxLength` counts code points; the validators count what people see as one character.
    """
    return {"pattern": pattern} if maximum is None else {"maxLength": maximum, "pattern": pattern}


def max_length(maximum: int) -> Callable[[str], str]:
    """The same rule and the same message as in forms."""

    def check(text: str) -> str:
        if problem := length_problem(text, maximum):
            raise ValueError(problem)
        return text

    return check


def not_empty(text: str) -> str:
    if not text:
        raise ValueError("Please fill this in.")
    return text


# Numbers in bodies, and numbers in the query string. Their limits stand inside, where they get
# their names in JSON Schema also when the number may be left out.
Id = Annotated[int, Field(ge=1, le=ID_MAX), BeforeValidator(whole)]
QueryId = Annotated[int, Field(ge=1, le=ID_MAX), BeforeValidator(digits)]
QueryIdOrZero = Annotated[int, Field(ge=0, le=ID_MAX), BeforeValidator(digits)]
PageNumber = Annotated[int, Field(ge=1, le=PAGE_MAX), BeforeValidator(digits)]
QueryDay = Annotated[date, BeforeValidator(calendar_day)]
Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Path = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


class Numbered(Query):
    """A page by its number."""

    page: PageNumber = Field(1, description="Page number.")
    per_page: QueryId = Field(10, description="Items on a page; 100 at most.")


class Ascending(Numbered):
    """A list in ascending order, oldest first."""

    after: QueryIdOrZero | None = Field(
        None,
        description="Instead of `page`: only ids after this one, so that nothing is skipped or "
        "repeated while people join. Start with 0.",
    )


class Descending(Query):
    """A list in descending order of ids, newest first."""

    before: QueryId | None = Field(None, description="Only items older than this id.")
    after: QueryId | None = Field(None, description="Only items newer than this id.")
    per_page: QueryId = Field(10, description="Items on a page; 100 at most.")


class PageLinks(ResponseBody):
    """Links to the next and previous page; null at the ends."""

    self: Path
    next: Path | None
    prev: Path | None


class NumberedMeta(ResponseBody):
    """Totals. `page` is null for a page selected by id."""

    page: int | None
    per_page: int
    total_pages: int
    total_items: int


class KeysetMeta(ResponseBody):
    """The size of the page."""

    per_page: int


class NumberedList(ResponseBody, Generic[Item]):
    """One page of a list with totals."""

    items: list[Item]
    meta: NumberedMeta = Field(serialization_alias="_meta")
    links: PageLinks = Field(serialization_alias="_links")


class KeysetList(ResponseBody, Generic[Item]):
    """One page of a list without totals."""

    items: list[Item]
    meta: KeysetMeta = Field(serialization_alias="_meta")
    links: PageLinks = Field(serialization_alias="_links")
