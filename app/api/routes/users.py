"""People: read, list, register, and change one's own profile."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app import models
from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.base import Descending, Numbered
from app.api.schemas.post import PostList, serialize_post
from app.api.schemas.user import (
    Me,
    NewUser,
    People,
    User,
    UserChanges,
    UserList,
    serialize_me,
    serialize_user,
)
from app.extensions import db
from app.lib.emails import parse_email
from app.lib.passwords import password_problem
from app.policies import may_see_follows
from app.services.accounts import accounts, directory, invitations, registrations, users
from app.services.community import follows
from app.services.errors import UsernameTakenError
from app.services.posts import posts
from app.web.access import require
from app.web.client_ip import client_address
from app.web.forms import password_advice
from app.web.problem_json import Problem
from app.web.rate_limits import new_accounts
from app.web.rate_limits.rules import hit, per_network, per_person
from app.web.viewer import member

BY_INVITATION = "Registration needs an invitation that works."


def user_or_404(user_id: int, *, or_blocked: bool = False) -> models.User:
    """The user with this id, if the viewer may know of them, or a 404.

    `or_blocked`: also if the viewer blocks them.
    """
    is_known = models.User.visibility_clause(member())
    if or_blocked:
        is_known = sa.or_(is_known, models.User.id.in_(models.Block.ids_blocked_by(member())))
    people = models.User.active().where(is_known)
    user: models.User = db.first_or_404(people.where(models.User.id == user_id))
    return user


@operation("get", "/me")
def get_me() -> Me:
    """Read your own profile, including the email."""
    return serialize_me(member())


@operation("get", "/users")
def list_users(query: People) -> UserList:
    """List all people, in the order in which they joined or in another one."""
    if query.sort == "followed":
        return _list_followed(query)
    total = users.count(member(), has_posted=query.sort == "active")
    if query.sort == "new":
        rows, meta, links = pagination.after_row(
            query, total, partial(directory.newest, member()), lambda row: {"after": row.id}
        )
    elif query.sort == "active":
        fetch = partial(directory.active, member(), day=query.day)
        rows, meta, links = pagination.after_row(query, total, fetch, _last_day_of)
    elif query.after is None:
        rows, meta, links = pagination.numbered(
            query, total, partial(users.numbered_page, member())
        )
    else:
        rows, meta, links = pagination.after_id(query, total, partial(users.after_id, member()))
    return UserList(items=[serialize_user(row) for row in rows], meta=meta, links=links)


def _list_followed(query: People) -> UserList:
    people, _ = directory.followed(member())

    def fetch(limit: int, offset: int) -> list[models.User]:
        return people[offset : offset + limit]

    query_args = {"sort": query.sort}
    rows, meta, links = pagination.numbered(query, len(people), fetch, query_args)
    return UserList(items=[serialize_user(row) for row in rows], meta=meta, links=links)


def _last_day_of(user: models.User) -> dict[str, Any]:
    return {"after": user.id, "day": user.last_posted_on and user.last_posted_on.isoformat()}


@operation(
    "post",
    "/users",
    access="nobody",
    status=201,
    failures=(400, 403),
    computes_first=True,
)
def register_user(body: NewUser) -> tuple[User, dict[str, str]]:
    """Register an account.

    A taken username is a 400. If the site sends email, whether an email is already registered is
    not revealed: its owner gets an email instead, and the response looks the same. Nobody else can
    read the new account before its email is confirmed. If not, a registered email is a 400. A site
    that takes nobody, or only by an invitation that works, responds with a 403, as it does to what
    its owner has blocked.
    """
    hit("api-register", per_network("5/hour"))
    invitation = invitations.find(body.invite) if body.invite else None
    if not registrations.takes(invitation):
        is_closed = current_app.config["REGISTRATION"] == "closed"
        raise Problem(403, "Registration is closed." if is_closed else BY_INVITATION)
    if registrations.needs_reason(invitation):
        raise Problem(403, "Registration needs approval: apply on the site.")
    if registrations.needs_answer(invitation):
        raise Problem(403, "Registration asks a question: answer it on the site.")
    _check_password(body)
    new_accounts.hit_new_account()
    email = parse_email(body.email)
    join_request = registrations.JoinRequest(invite=body.invite, client=client_address())
    user = registrations.register(body.username, email, body.password, join_request=join_request)
    users.describe(user, user.display_name, body.about_me)
    response = serialize_user(user)
    db.session.commit()
    return response, {"Location": response.links.self}


def _check_password(body: NewUser) -> None:
    minimum = current_app.config["PASSWORD_MIN_LENGTH"]
    hints = [current_app.config["SITE_NAME"], body.username, body.email]
    if problem := password_problem(body.password, minimum=minimum, personal=hints):
        raise Problem(422, fields=[("password", password_advice(problem, minimum))])


@operation("get", "/users/<int:user_id>")
def get_user(user_id: int) -> User:
    """Read somebody's profile."""
    return serialize_user(user_or_404(user_id))


@operation("put", "/users/<int:user_id>", failures=(400,))
def change_user(user_id: int, body: UserChanges) -> User:
    """Change your own profile.

    Only the given fields change. A taken username is a 400. The email and the password can only be
    changed on the site.
    """
    user = user_or_404(user_id)
    require(user.id == member().id)
    received = body.model_fields_set
    if "username" in received and body.username != user.username:
        hit("rename-tries", per_person("30/hour"))
        # Before the scarce limit: a name that is taken must not use up a change.
        if not accounts.is_username_free(body.username, except_for=user):
            raise UsernameTakenError
        hit("rename", per_person("3/30 days"))
        accounts.rename(user, body.username)
    changed = {name: getattr(body, name) for name in received - {"username"}}
    if changed:
        users.describe(
            user,
            changed.get("display_name", user.display_name),
            changed.get("about_me", user.about_me),
        )
    db.session.commit()
    return serialize_user(user)


def _user_with_follows(user_id: int) -> models.User:
    user = user_or_404(user_id)
    require(may_see_follows(member(), user))
    return user


@operation("get", "/users/<int:user_id>/followers", failures=(403,))
def list_followers(user_id: int, query: Numbered) -> UserList:
    """List somebody's followers, latest first. A 403 if they keep them to themselves."""
    user = _user_with_follows(user_id)
    fetch = partial(follows.followers_page, user, member())
    total = user.followers_count - follows.hidden_followers_count(user, member())
    rows, meta, links = pagination.numbered(query, total, fetch)
    return UserList(items=[serialize_user(row) for row in rows], meta=meta, links=links)


@operation("get", "/users/<int:user_id>/following", failures=(403,))
def list_following(user_id: int, query: Numbered) -> UserList:
    """List the people that somebody follows, latest first. A 403 if they keep it to themselves."""
    user = _user_with_follows(user_id)
    fetch = partial(follows.followed_page, user, member())
    total = user.following_count - follows.hidden_followed_count(user, member())
    rows, meta, links = pagination.numbered(query, total, fetch)
    return UserList(items=[serialize_user(row) for row in rows], meta=meta, links=links)


@operation("get", "/users/<int:user_id>/posts")
def list_user_posts(user_id: int, query: Descending) -> PostList:
    """List somebody's posts, replies included."""
    own = models.Post.visible_to(member()).where(models.Post.author_id == user_or_404(user_id).id)
    rows, meta, links = pagination.newest_first(query, partial(posts.page, own))
    return PostList(items=[serialize_post(row, row.author) for row in rows], meta=meta, links=links)
