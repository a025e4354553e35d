"""People: profile, hover card, followers and following, avatar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.identicons import identicon
from app.main.blueprint import bp
from app.main.loaders import named_or_404, user_or_404
from app.models import Follow, Post, User
from app.models.posts.entry import Entry
from app.policies import has_permission, may_message, may_see_follows, may_send
from app.services.accounts import people, users
from app.services.community import blocks, follows
from app.services.posts import pins
from app.web.paging import Page, page_of, page_of_posts
from app.web.view_options import public, readable
from app.web.viewer import viewer
from app.web.visitor_pages import kept_for_visitors

YEAR_SECONDS = 31_536_000


def _relationship(user: User) -> dict[str, object]:
    """What the buttons on a profile depend on."""
    me = viewer()
    known = follows.relationship(me, user) if me else follows.Relationship()
    is_accepted = me is not None and may_message(me, user, is_followed=known.is_follower)
    return {"known": known, "may_message": may_send(me) and is_accepted}


@bp.get("/user/<username>")
@readable
@kept_for_visitors
def user(username: str) -> ResponseReturnValue:
    person, is_visible = named_or_404(username)
    if not is_visible:
        return _blocked_page(person)
    pinned: list[Post] = []

    def fetch(cursor: Cursor) -> list[Entry]:
        pinned[:], entries = pins.profile_page(person, viewer(), cursor)
        return entries

    page = page_of(fetch, key=lambda entry: entry.id)
    return _profile(person, page, [] if page.newer else pinned)


@bp.get("/user/<username>/replies")
@readable
@kept_for_visitors
def user_replies(username: str) -> ResponseReturnValue:
    person, is_visible = named_or_404(username)
    if not is_visible:
        return _blocked_page(person)
    return _profile(person, page_of_posts(Post.replied_by(person, viewer())), [])


def _profile(
    person: User, page: Page[Post] | Page[Entry], pinned: list[Post]
) -> ResponseReturnValue:
    return render_template(
        "accounts/users/profile.html",
        user=person,
        about_html=users.about_html(person),
        page=page,
        pinned=pinned,
        **_relationship(person),
    )


def _blocked_page(person: User) -> ResponseReturnValue:
    """What is left of the profile of somebody whom the viewer blocks: who it is, and Unblock."""
    me = viewer()
    if me is None or not blocks.is_blocking(me, person):
        abort(404)
    return render_template("community/blocked.html", user=person)


@bp.get("/user/<username>/popup")
@readable
def user_popup(username: str) -> ResponseReturnValue:
    person = user_or_404(username)
    return render_template(
        "accounts/users/_popup.html",
        user=person,
        about_html=users.about_html(person),
        **_relationship(person),
    )


@bp.get("/user/<username>/followers")
@readable
@kept_for_visitors
def followers(username: str) -> ResponseReturnValue:
    return _people(username, "followers", follows.followers_of, lambda row: row.follower)


@bp.get("/user/<username>/following")
@readable
@kept_for_visitors
def following(username: str) -> ResponseReturnValue:
    return _people(username, "following", follows.followed_by, lambda row: row.followed)


def _people(
    username: str, kind: str, fetch: Callable[..., list[Follow]], person: Callable[[Follow], User]
) -> ResponseReturnValue:
    user = user_or_404(username)
    if not may_see_follows(viewer(), user):
        return render_template("accounts/users/hidden_people.html", user=user, kind=kind)
    rows = page_of(partial(fetch, user, viewer()), key=lambda row: row.id)
    page = rows.with_items([person(row) for row in rows.items])
    circle = follows.circle_among(viewer(), page.items)
    return render_template(
        "accounts/users/people.html", user=user, kind=kind, page=page, circle=circle
    )


@bp.get("/user/<username>/avatar.svg")
@public
def avatar(username: str) -> ResponseReturnValue:
    """A user's avatar; its URL changes with it, so it is cached for a year."""
    is_closed_site = not current_app.config["PUBLIC_READING"]
    if is_closed_site and viewer() is None:
        # An avatar would reveal to a stranger that the username exists.
        abort(404)
    is_private, seed = is_closed_site, _avatar_seed(username, None)
    if seed is None:
        # Only now: looking up the viewer would count as a use of their session.
        is_private, seed = True, _avatar_seed(username, viewer())
    if seed is None and has_permission(viewer(), "manage_people"):
        # Also of those who wait to be accepted, or have closed their account.
        person = people.named(username)
        seed = person.avatar_seed if person else None
    if seed is None:
        abort(404)
    response = Response(identicon(seed), mimetype="image/svg+xml")
    if is_private:
        response.cache_control.private = True
    else:
        response.cache_control.public = True
    response.cache_control.max_age = 60
    if request.args.get("v") == seed[:8]:
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
    response.add_etag()
    return response.make_conditional(request)


def _avatar_seed(username: str, viewer: User | None) -> str | None:
    visible = User.named_for(viewer, username).with_only_columns(User.avatar_seed)
    seed: str | None = db.session.scalar(visible)
    return seed
