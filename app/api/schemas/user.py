"""Schemas of people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app import models
from app.api.schemas.base import (
    Ascending,
    KeysetList,
    Moment,
    NumberedList,
    Path,
    QueryDay,
    RequestBody,
    ResponseBody,
    max_length,
    text_limits,
)
from app.lib.emails import EMAIL_MAX, EmailSyntaxError, parse_email
from app.lib.password_rules import PASSWORD_MAX
from app.lib.text import normalize, one_line
from app.lib.usernames import USERNAME_MAX, USERNAME_MIN, USERNAME_PATTERN, username_problem
from app.models.accounts.user import ABOUT_ME_MAX, DISPLAY_NAME_MAX
from app.web.forms import username_advice
from app.web.templates import url_for

AVATAR_PIXELS = 128
# More than any code has.
INVITE_MAX = 100


def _valid_username(name: str) -> str:
    if problem := username_problem(name):
        raise ValueError(username_advice(problem))
    return name


def _valid_email(address: str) -> str:
    try:
        parse_email(address)
    except EmailSyntaxError:
        raise ValueError("This doesn't look like an email address.") from None
    return address


Username = Annotated[
    str,
    Field(
        min_length=USERNAME_MIN,
        max_length=USERNAME_MAX,
        description="Unique, ignoring case. Names like `admin` and `ana.html` are reserved.",
        json_schema_extra={"format": "username", "pattern": USERNAME_PATTERN},
    ),
    AfterValidator(_valid_username),
]
DisplayName = Annotated[
    str,
    AfterValidator(one_line),
    AfterValidator(max_length(DISPLAY_NAME_MAX)),
    Field(
        description=f"At most {DISPLAY_NAME_MAX} characters.",
        json_schema_extra=text_limits(DISPLAY_NAME_MAX),
    ),
]
AboutMe = Annotated[
    str,
    AfterValidator(normalize),
    AfterValidator(max_length(ABOUT_ME_MAX)),
    Field(
        description=f"At most {ABOUT_ME_MAX} characters.",
        json_schema_extra=text_limits(ABOUT_ME_MAX),
    ),
]


class People(Ascending):
    """People, in one of four orders."""

    sort: Literal["joined", "new", "active", "followed"] = Field(
        "joined",
        description="`joined`: in the order in which they joined. `new`: the other way around. "
        "`active`: whoever posted for everybody, by the day of their last post, the last one first;"
        " follow `_links.next` then, instead of counting pages. `followed`: a few whom people you"
        " follow do and you don't, whom most of them follow first.",
    )
    day: QueryDay | None = Field(
        None, description="For `active`: the day by which the person `after` was listed."
    )


class NewUser(RequestBody):
    """An account to register."""

    username: Username
    email: Annotated[str, AfterValidator(_valid_email)] = Field(
        description="Never shown to others. Mail has to reach it.",
        json_schema_extra={"format": "email", **text_limits(EMAIL_MAX)},
    )
    password: str = Field(
        description="Long enough and hard to guess.",
        json_schema_extra={"format": "password", **text_limits(PASSWORD_MAX)},
    )
    about_me: AboutMe = ""
    invite: Annotated[str, AfterValidator(max_length(INVITE_MAX))] = Field(
        default="",
        description="The code at the end of an invitation's link.",
        json_schema_extra=text_limits(INVITE_MAX),
    )


class UserChanges(RequestBody):
    """Changes to a profile; fields that are left out stay the same."""

    username: Username = Field(default="")
    display_name: DisplayName = ""
    about_me: AboutMe = ""


class UserLinks(ResponseBody):
    """Links to what belongs to a user."""

    self: Path
    followers: Path
    following: Path
    avatar: Path


class User(ResponseBody):
    """A user's public profile."""

    id: int
    username: str
    display_name: str
    last_seen: Moment | None = Field(description="The date only; null if hidden.")
    about_me: str
    post_count: int
    follower_count: int
    following_count: int
    approves_followers: bool = Field(description="Whether people have to ask to follow them.")
    links: UserLinks = Field(serialization_alias="_links")


class Me(User):
    """The user's own profile, including private fields."""

    email: str
    is_verified: bool


class UserList(NumberedList[User]):
    """People."""


class PersonList(KeysetList[User]):
    """People, in the order in which they came to the list."""


def serialize_user(person: models.User) -> User:
    return User(**_fields(person))


def serialize_me(person: models.User) -> Me:
    return Me(email=person.email, is_verified=person.is_verified, **_fields(person))


def _fields(person: models.User) -> dict[str, Any]:
    # Once for all three links, and remembered: on a page of 100 people it took most of the time.
    path = url_for("api.get_user", user_id=person.id)
    return {
        "id": person.id,
        "username": person.username,
        "display_name": person.display_name,
        "last_seen": _day(person.last_seen) if person.shows_last_seen else None,
        "about_me": person.about_me,
        "post_count": person.posts_count,
        "follower_count": person.followers_count,
        "following_count": person.following_count,
        "approves_followers": person.approves_followers,
        "links": UserLinks(
            self=path,
            followers=f"{path}/followers",
            following=f"{path}/following",
            avatar=person.avatar(AVATAR_PIXELS),
        ),
    }


def _day(at: datetime | None) -> datetime | None:
    """The date alone: the exact time of somebody's last visit is private."""
    return at and at.replace(hour=0, minute=0, second=0, microsecond=0)
