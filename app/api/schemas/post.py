"""Posts, as programs see them."""

from __future__ import annotations

from typing import Annotated

from flask import current_app, url_for
from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import Answer, Body, KeysetList, Moment, Path, at_most
from app.api.schemas.user import AVATAR_PIXELS
from app.lib.text import normalize, one_line
from app.models.posts.post import TITLE_MAX


def _proper_body(text: str) -> str:
    if not text:
        raise ValueError("Please fill this in.")
    return at_most(current_app.config["POST_MAX_LENGTH"])(text)


class NewPost(Body):
    """What to publish."""

    body: Annotated[str, AfterValidator(normalize), AfterValidator(_proper_body)] = Field(
        min_length=1,
        description="Plain text, or Markdown when there is a title. "
        "As long as on the site, 280 characters by default.",
    )
    title: Annotated[str, AfterValidator(one_line), AfterValidator(at_most(TITLE_MAX))] = Field(
        "", description=f"{TITLE_MAX} characters at most. Empty: no title."
    )


class AuthorLinks(Answer):
    """Where to find the author."""

    self: Path
    avatar: Path


class Author(Answer):
    """Who wrote something, or caused it."""

    id: int
    username: str
    display_name: str
    links: AuthorLinks = Field(serialization_alias="_links")


class PostLinks(Answer):
    """Where to find the post, for programs and for people."""

    self: Path
    page: Path


class Post(Answer):
    """A post. `html` is safe to show as it is."""

    id: int
    author: Author
    title: str | None
    body: str
    html: str
    language: str | None = Field(description="What it seems to be written in.")
    created_at: Moment
    edited_at: Moment | None
    links: PostLinks = Field(serialization_alias="_links")


class PostList(KeysetList[Post]):
    """Posts, newest first."""


def author_answer(author: models.User) -> Author:
    return Author(
        id=author.id,
        username=author.username,
        display_name=author.display_name,
        links=AuthorLinks(
            self=url_for("api.get_user", user_id=author.id),
            avatar=author.avatar(AVATAR_PIXELS),
        ),
    )


def post_answer(post: models.Post, author: models.User) -> Post:
    return Post(
        id=post.id,
        author=author_answer(author),
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
