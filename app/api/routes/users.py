"""People: read, list, join, and change oneself."""

from __future__ import annotations

from functools import partial

from flask import current_app, g

from app.api import pagination
from app.api.operations import operation
from app.api.schemas.base import Ascending, Descending, Numbered
from app.api.schemas.post import PostList, post_answer
from app.api.schemas.user import (
    Me,
    NewUser,
    User,
    UserChanges,
    UserList,
    me_answer,
    user_answer,
)
from app.extensions import db
from app.lib.emails import parse_email
from app.lib.passwords import password_problem
from app.models import Post
from app.models import User as Person
from app.services.accounts import users
from app.services.community import follows
from app.services.errors import UsernameTakenError
from app.services.posts import posts
from app.web.forms import password_advice
from app.web.problem_json import Problem
from app.web.rate_limits.rules import count, per_network, per_person

TAKEN = [("username", "This name is taken. Try another.")]


def person(user_id: int) -> Person:
    """Who has this id; 404 without."""
    found: Person = db.first_or_404(Person.active().where(Person.id == user_id))
    return found


@operation("get", "/me", answer=Me)
def get_me() -> Me:
    """Read oneself, with the e-mail address."""
    return me_answer(g.api_token.user)


@operation("get", "/users", query=Ascending, answer=UserList)
def list_users(query: Ascending) -> UserList:
    """List everybody, in the order in which they joined."""
    must = current_app.config["EMAILS_MUST_BE_VERIFIED"]
    total = users.count(must)
    if query.after is None:
        rows, meta, links = pagination.numbered(query, total, partial(users.page, must))
    else:
        rows, meta, links = pagination.onward(query, total, partial(users.after, must))
    return UserList(items=[user_answer(row) for row in rows], meta=meta, links=links)


@operation(
    "post",
    "/users",
    access="nobody",
    body=NewUser,
    answer=User,
    status=201,
    failures=(403,),
    computes_first=True,
)
def register_user(body: NewUser) -> tuple[User, dict[str, str]]:
    """Join the site.

    A username that is taken is a 400. Whether an e-mail address is known is not told: its owner
    gets a mail instead, and the answer looks the same.
    """
    count("api-register", per_network("5/hour"))
    if current_app.config["REGISTRATION"] == "closed":
        raise Problem(403, "Nobody can join here by themselves.")
    _check_password(body)
    try:
        email = parse_email(body.email)
        joined = users.register(body.username, email, body.password)
        user = joined or users.pretend(body.username)
    except UsernameTakenError:
        raise Problem(400, fields=TAKEN) from None
    if joined:
        users.describe(joined, joined.display_name, body.about_me)
    user.about_me = body.about_me
    answer = user_answer(user)
    db.session.commit()
    return answer, {"Location": answer.links.self}


def _check_password(body: NewUser) -> None:
    minimum = current_app.config["PASSWORD_MIN_LENGTH"]
    hints = [current_app.config["SITE_NAME"], body.username, body.email]
    if problem := password_problem(body.password, minimum=minimum, personal=hints):
        raise Problem(422, fields=[("password", password_advice(problem, minimum))])


@operation("get", "/users/<int:user_id>", answer=User)
def get_user(user_id: int) -> User:
    """Read somebody's profile."""
    return user_answer(person(user_id))


@operation("put", "/users/<int:user_id>", body=UserChanges, answer=User, failures=(400,))
def change_user(user_id: int, body: UserChanges) -> User:
    """Change one's own profile.

    Only what is named changes. A name that is taken is a 400. The e-mail address and the password
    are changed on the site.
    """
    user = person(user_id)
    if user.id != g.api_token.user_id:
        raise Problem(403, "This belongs to somebody else.")
    given = body.model_fields_set
    if "username" in given and body.username != user.username:
        count("rename", per_person("3/30 days"))
        try:
            users.rename(user, body.username)
        except UsernameTakenError:
            raise Problem(400, fields=TAKEN) from None
    changed = {name: getattr(body, name) for name in given - {"username"}}
    if changed:
        users.describe(
            user,
            changed.get("display_name", user.display_name),
            changed.get("about_me", user.about_me),
        )
    db.session.commit()
    return user_answer(user)


@operation("get", "/users/<int:user_id>/followers", query=Numbered, answer=UserList)
def list_followers(user_id: int, query: Numbered) -> UserList:
    """List who follows somebody, the latest first."""
    user = person(user_id)
    fetch = partial(follows.followers_page, user)
    rows, meta, links = pagination.numbered(query, user.followers_count, fetch)
    return UserList(items=[user_answer(row) for row in rows], meta=meta, links=links)


@operation("get", "/users/<int:user_id>/following", query=Numbered, answer=UserList)
def list_following(user_id: int, query: Numbered) -> UserList:
    """List whom somebody follows, the latest first."""
    user = person(user_id)
    fetch = partial(follows.followed_page, user)
    rows, meta, links = pagination.numbered(query, user.following_count, fetch)
    return UserList(items=[user_answer(row) for row in rows], meta=meta, links=links)


@operation("get", "/users/<int:user_id>/posts", query=Descending, answer=PostList)
def list_user_posts(user_id: int, query: Descending) -> PostList:
    """List somebody's posts."""
    own = Post.visible_to(g.api_token.user).where(Post.author_id == person(user_id).id)
    rows, meta, links = pagination.newest_first(query, partial(posts.some, own))
    return PostList(items=[post_answer(row, row.author) for row in rows], meta=meta, links=links)
