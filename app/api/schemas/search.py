"""Schemas of searches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from app.api.schemas.base import Descending, KeysetList, digits, text_limits
from app.api.schemas.post import Post
from app.api.schemas.user import User
from app.backends.search import WINDOW
from app.lib.search.query import QUERY_MAX, parse_query
from app.web.query_mistakes import mistake_messages


def _understood(text: str) -> str:
    if messages := mistake_messages(parse_query(text)):
        raise ValueError(" ".join(messages))
    return text


WindowPage = Annotated[int, Field(ge=1, le=WINDOW), BeforeValidator(digits)]


class Search(Descending):
    """What to search for, and in which order."""

    q: Annotated[str, AfterValidator(_understood)] = Field(
        min_length=1,
        max_length=QUERY_MAX,
        description="Words, and the operators of the site's search: "
        '"phrases", #tags, from:, lang:, before: and after:. An operator whose value cannot be '
        "read, such as `after:soon`, is an error; a name that nobody has finds nothing.",
        json_schema_extra=text_limits(),
    )
    kind: Literal["posts", "people"] = Field("posts", alias="in", description="What to search.")
    sort: Literal["newest", "best"] = Field(
        "newest",
        description=f"`best` ranks the newest {WINDOW} results, and is paged by `page`.",
    )
    page: WindowPage = Field(1, description="Page number; only with `sort=best`.")


class SearchList(KeysetList[Post | User]):
    """Posts or people, depending on `in`."""
