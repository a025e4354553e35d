"""People: profile, hover card, followers and following, avatar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.extensions import db
from app.lib.identicons import identicon
from app.main.blueprint import bp
from app.main.routes.posts.timelines import page_of_posts, viewer
from app.models import Follow, Post, User
from app.policies import may_message, may_write
from app.services.accounts import users
from app.services.community import follows
from app.web.access import public, readable
from app.web.paging import page_of

YEAR_SECONDS = 31_536_000


def find_user(username: str) -> User:
    """The person with this name; a former name leads on to the new one, others are a 404."""
    user = db.session.scalar(User.named(username))
    if user is None:
        user = users.renamed_from(username)
    if user is None:
        abort(404)
    if user.username != username and request.method in ("GET", "HEAD"):
        values: dict[str, Any] = {**(request.view_args or {}), "username": user.username}
        abort(redirect(url_for(str(request.endpoint), **values), 302))
    return user


def _ties(user: User) -> dict[str, bool]:
    """What the buttons beside a person depend on."""
    me = viewer()
    is_following, is_followed = follows.ties(me, user) if me else (False, False)
    may_speak = may_write(current_user, current_app.config["EMAILS_MUST_BE_VERIFIED"])
    is_welcome = me is not None and may_message(me, user, is_followed=is_followed)
    return {"is_following": is_following, "may_message": may_speak and is_welcome}


@bp.get("/user/<username>")
@readable
def user(username: str) -> ResponseReturnValue:
    person = find_user(username)
    page = page_of_posts(Post.visible_to(viewer()).where(Post.author_id == person.id))
    return render_template("users/profile.html", user=person, page=page, **_ties(person))


@bp.get("/user/<username>/popup")
@readable
def user_popup(username: str) -> ResponseReturnValue:
    person = find_user(username)
    return render_template("users/_popup.html", user=person, **_ties(person))


@bp.get("/user/<username>/followers")
@readable
def followers(username: str) -> ResponseReturnValue:
    return _people(username, "followers", follows.followers_of, lambda row: row.follower)


@bp.get("/user/<username>/following")
@readable
def following(username: str) -> ResponseReturnValue:
    return _people(username, "following", follows.followed_by, lambda row: row.followed)


def _people(
    username: str, kind: str, fetch: Callable[..., list[Follow]], person: Callable[[Follow], User]
) -> ResponseReturnValue:
    user = find_user(username)
    rows = page_of(partial(fetch, user), key=lambda row: row.id)
    page = rows.with_items([person(row) for row in rows.items])
    me = viewer()
    following_ids = follows.followed_among(me, page.items) if me else set()
    return render_template(
        "users/people.html", user=user, kind=kind, page=page, following_ids=following_ids
    )


@bp.get("/user/<username>/avatar.svg")
@public
def avatar(username: str) -> ResponseReturnValue:
    """The picture of a person; its address changes with it, so it is kept for a year."""
    is_closed_site = not current_app.config["PUBLIC_READING"]
    if is_closed_site and not current_user.is_authenticated:
        # A picture would tell a stranger that there is somebody of that name.
        abort(404)
    seed: str | None = db.session.scalar(User.named(username).with_only_columns(User.avatar_seed))
    if seed is None:
        abort(404)
    response = Response(identicon(seed), mimetype="image/svg+xml")
    if is_closed_site:
        response.cache_control.private = True
    else:
        response.cache_control.public = True
    response.cache_control.max_age = 60
    if request.args.get("v") == seed[:8]:
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
    response.add_etag()
    return response.make_conditional(request)
