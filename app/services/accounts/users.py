"""Members: look up, list, change their profile."""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import ParsedText
from app.lib.usernames import username_key
from app.models import Block, FormerUsername, User
from app.services.posts import mentions, search_index

COUNT_SECONDS = 10


def email_owner(email_key: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.email_key == email_key))


def named(viewer: User, usernames: Sequence[str]) -> list[User]:
    """Those with one of these names, in any case, whom `viewer` may know of."""
    return list(db.session.scalars(User.named_for(viewer, *usernames)))


def count(viewer: User, *, has_posted: bool = False) -> int:
    """How many people the list of all members shows `viewer`, or of those who have posted.

    To count reads everybody, so it is done again only when somebody has joined, left or changed
    whether lists show them. Whoever confirms their address counts after COUNT_SECONDS.
    """
    newest = sa.select(sa.func.max(User.id)).scalar_subquery()
    absent = sa.select(sa.func.count()).select_from(User.absent_ids().subquery())
    unlisted = sa.select(sa.func.count(User.id)).where(~User.is_discoverable)
    around = sa.union(*Block.ids_around(viewer))
    blocked = sa.select(sa.func.count(User.id)).where(
        User.id.in_(around), User.visibility_clause(None), User.is_discoverable
    )
    if has_posted:
        blocked = blocked.where(User.last_posted_on.is_not(None))
    parts = (absent, unlisted, blocked)
    counts = sa.select(newest, *(part.scalar_subquery() for part in parts))
    *state, hidden = db.session.execute(counts).one()
    key = "active_user_count" if has_posted else "user_count"
    known: tuple[object, float, int] | None = current_app.extensions.get(key)
    if known is None or known[0] != state or known[1] < time.monotonic():
        people = User.listed_for(None).with_only_columns(sa.func.count())
        if has_posted:
            people = people.where(User.last_posted_on.is_not(None))
        known = state, time.monotonic() + COUNT_SECONDS, db.session.scalars(people).one()
        current_app.extensions[key] = known
    return known[2] - int(hidden)


def numbered_page(viewer: User | None, limit: int, offset: int) -> list[User]:
    """A page of the list for `viewer` by offset, in the order in which people joined.

    Those before it are skipped in the index of ids alone.
    """
    page = sa.select(User.id).where(_is_listed(viewer)).order_by(User.id)
    ids = page.limit(limit).offset(offset).subquery()
    people = sa.select(User).join(ids, ids.c.id == User.id).order_by(User.id)
    return list(db.session.scalars(people))


def after_id(viewer: User | None, limit: int, last_id: int) -> list[User]:
    """People who joined after the one with `last_id`."""
    people = sa.select(User).where(_is_listed(viewer), User.id > last_id).order_by(User.id)
    return list(db.session.scalars(people.limit(limit)))


def _is_listed(viewer: User | None) -> sa.ColumnElement[bool]:
    """The condition that the list of all members shows somebody, known from their id alone."""
    # All in one list, since each row that a page skips is looked up in it.
    return User.id.not_in(User.hidden_ids(viewer, from_lists=True))


def describe(user: User, display_name: str, about_me: str) -> None:
    """Change the profile of `user`."""
    user.display_name, user.about_me = display_name, about_me
    db.session.flush()
    search_index.index_person(user)


def about_html(user: User) -> str:
    """What `user` says about themselves, with links: safe HTML, empty if they say nothing."""
    text = ParsedText(user.about_me)
    return text.html(mentions.usernames(mentions.find(text.mentions, user.id)))


def renamed_from(username: str, viewer: User | None) -> User | None:
    """The user who had this name before, while it still redirects to them."""
    return db.session.scalar(
        User.visible_to(viewer)
        .join(FormerUsername, FormerUsername.user_id == User.id)
        .where(
            FormerUsername.username_key == username_key(username),
            FormerUsername.released_at > utcnow(),
        )
    )
