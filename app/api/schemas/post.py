"""Schemas of posts."""

from __future__ import annotations

from typing import Annotated

from flask import current_app, url_for
from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import (
    VISIBLE,
    KeysetList,
    Moment,
    Path,
    RequestBody,
    ResponseBody,
    max_length,
    text_limits,
)
from app.api.schemas.user import AVATAR_PIXELS
from app.lib.text import normalize, one_line
from app.models.posts.post import TITLE_MAX


def _valid_body(text: str) -> str:
    if not text:
        raise ValueError("Please fill this in.")
    return max_length(current_app.config["POST_MAX_LENGTH"])(text)


class NewPost(RequestBody):
    """A post to publish."""

    body: Annotated[str, AfterValidator(normalize), AfterValidator(_valid_body)] = Field(
        min_length=1,
        description="Markdown if there is a title; otherwise a light form of it. "
        "The site sets the maximum length, 280 characters by default. "
        "Here as elsewhere, a character is what people see as one, such as an emoji.",
        json_schema_extra=text_limits(pattern=VISIBLE),
    )
    title: Annotated[str, AfterValidator(one_line), AfterValidator(max_length(TITLE_MAX))] = Field(
        "",
        description=f"At most {TITLE_MAX} characters. Empty: no title.",
        json_schema_extra=text_limits(TITLE_MAX),
    )


class AuthorLinks(ResponseBody):
    """Links to the author."""

    self: Path
    avatar: Path


class Author(ResponseBody):
    """The author of a post, or the actor of a notification."""

    id: int
    username: str
    display_name: str
    links: AuthorLinks = Field(serialization_alias="_links")


class PostLinks(ResponseBody):
    """Links to the post in the API and on the site."""

    self: Path
    page: Path


class Post(ResponseBody):
    """A post. `html` is sanitized and safe to display."""

    id: int
    author: Author
    title: str | None
    body: str
    html: str
    language: str | None = Field(description="The detected or chosen language; null if unknown.")
    created_at: Moment
    edited_at: Moment | None
    links: PostLinks = Field(serialization_alias="_links")


class PostList(KeysetList[Post]):
    """Posts, newest first."""


def serialize_author(author: models.User) -> Author:
    return Author(
        id=author.id,
        username=author.username,
        display_name=author.display_name,
        links=AuthorLinks(
            self=url_for("api.get_user", user_id=author.id),
            avatar=author.avatar(AVATAR_PIXELS),
        ),
    )


def serialize_post(post: models.Post, author: models.User) -> Post:
    return Post(
        id=post.id,
        author=serialize_author(author),
        title=post.title,
        body=post.body,
        html=post.html,
        language=post.language,
        created_at=post.created_at,
        edited_at=post.edited_at,
        links=PostLinks(
            self=url_for("api.get_post", post_id=post.id),
            page=url_for("main.post", post_id=post.id),
        ),
    )
