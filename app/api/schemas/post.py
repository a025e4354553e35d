"""Schemas of posts."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import current_app, url_for
from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import (
    VISIBLE,
    Id,
    KeysetList,
    Moment,
    Path,
    RequestBody,
    ResponseBody,
    max_length,
    text_limits,
)
from app.api.schemas.filter import FilterHit, serialize_hits
from app.api.schemas.user import AVATAR_PIXELS
from app.lib.text import normalize, one_line
from app.models.posts.post import CONTENT_NOTE_MAX, TITLE_MAX
from app.services.community import filters
from app.web.viewer import viewer


def _valid_body(text: str) -> str:
    if not text:
        raise ValueError("Please fill this in.")
    return max_length(current_app.config["POST_MAX_LENGTH"])(text)


Note = Annotated[
    str,
    AfterValidator(one_line),
    AfterValidator(max_length(CONTENT_NOTE_MAX)),
    Field(json_schema_extra=text_limits(CONTENT_NOTE_MAX)),
]


class PostText(RequestBody):
    """What a post says."""

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


Visibility = Literal["public", "unlisted", "followers"]


class EditedPost(PostText):
    """What a post says from now on, and perhaps fewer readers."""

    content_note: Note | None = Field(
        None,
        description="What the words fold away behind. Empty: no note; left out or null: as before.",
    )
    visibility: Visibility | None = Field(
        None, description="Who can read it. Fewer people than before, never more."
    )


class RepliesFrom(RequestBody):
    """Who may reply in a thread."""

    replies_from: Literal["everyone", "followed", "mentioned", "nobody"] = Field(
        description="Everyone, people you follow, people whom the first post or an earlier version "
        "of it mentions, or nobody. You always may."
    )


class NewPost(PostText):
    """A post to publish."""

    content_note: Note = Field(
        "",
        description="What the words fold away behind, such as a film whose end they tell; at most "
        f"{CONTENT_NOTE_MAX} characters. Empty: no note.",
    )

    reply_to_id: Id | None = Field(
        None,
        description="The post that it replies to, which you must be able to read.",
    )
    visibility: Visibility | None = Field(
        None,
        description="Who can read it: everyone; everyone with the link, your followers, and those "
        "who look at your profile (`unlisted`); or your followers and those it mentions. "
        "Left out, what you chose in your settings. "
        "A reply is never wider than what it answers, and has the same readers if these are "
        "followers.",
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
    content_note: str | None = Field(
        description="Show this in the place of the title and the words until somebody opens them."
    )
    is_note_required: bool = Field(
        description="Whether the note is from moderators, so that the author cannot remove it."
    )
    title: str | None
    body: str
    html: str
    language: str | None = Field(description="The detected or chosen language; null if unknown.")
    created_at: Moment
    edited_at: Moment | None
    visibility: str = Field(
        description="Who can read it: everyone (`public`), everyone with the link (`unlisted`), "
        "or `followers`."
    )
    reply_to_id: int | None = Field(
        description="The post that it replies to; null at the top of a thread, and if that post "
        "was erased."
    )
    thread_id: int | None = Field(
        description="The first post of its thread, which may be gone; null if it is no reply."
    )
    replies_from: str = Field(
        description="Who may reply in the thread that it begins: `everyone`, people `followed` by "
        "its author, people `mentioned` in it, or `nobody`. Means nothing for replies."
    )
    replies_count: int
    reposts_count: int
    likes_count: int
    is_folded: bool = Field(
        description="Whether whoever began its thread hides it at the end of the conversation."
    )
    is_pinned: bool = Field(description="Whether its author pinned it to their profile.")
    is_reposted: bool = Field(description="Whether you have reposted it.")
    is_liked: bool = Field(description="Whether you like it.")
    is_bookmarked: bool = Field(description="Whether you have bookmarked it.")
    filtered: list[FilterHit] = Field(
        description="Those of your filters that apply to it, in some contexts; none to your own."
    )
    links: PostLinks = Field(serialization_alias="_links")


class PostList(KeysetList[Post]):
    """Posts, newest first."""


class Ancestors(ResponseBody):
    """The posts above a reply, oldest first."""

    items: list[Post] = Field(
        description="Up to 20 that you may read, however many others are between them."
    )
    is_complete: bool = Field(
        description="Whether there is nothing more to read above these; if there is, ask again for "
        "the posts above the first of these."
    )


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
        content_note=post.note,
        is_note_required=post.required_note is not None,
        title=post.title,
        body=post.body,
        html=post.html,
        language=post.language,
        created_at=post.created_at,
        edited_at=post.edited_at,
        reply_to_id=post.reply_to_id,
        thread_id=post.root_id,
        visibility=post.visibility,
        replies_from=post.replies_from,
        replies_count=post.replies_count,
        reposts_count=post.reposts_count,
        likes_count=post.likes_count,
        is_folded=post.folded_at is not None,
        is_pinned=post.pinned_at is not None,
        is_reposted=bool(post.is_reposted),
        is_liked=bool(post.is_liked),
        is_bookmarked=bool(post.is_bookmarked),
        filtered=serialize_hits(filters.matching(viewer(), [post]).get(post.id)),
        links=PostLinks(
            self=url_for("api.get_post", post_id=post.id),
            page=url_for("main.post", post_id=post.id),
        ),
    )
