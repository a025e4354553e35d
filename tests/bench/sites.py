"""Sites to measure, the same people and posts each time.

Small and middle ones are filled by `flask demo`. Light and large ones have one shape, so that what
grows with a site shows between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from flask import Flask

from app import create_app, db
from app.models import Follow, Like, Post, User
from app.services.accounts import sessions
from tests.bench.shapes import DISCUSSED, LIKED, fill

SIZES = {"small": (200, 3_000), "middle": (2_000, 50_000)}
SHAPES = {"light": (1_000, 10_000), "large": (50_000, 2_000_000)}
# A path, and the session of who asks for it; none: a visitor.
Page = tuple[str, str]


@dataclass(frozen=True)
class BenchSite:
    """A filled site, and the pages to ask for, by name."""

    app: Flask
    settings: dict[str, str]
    pages: dict[str, Page]


def make_site(folder: Path, size: str, database_url: str = "") -> BenchSite:
    """Fill an empty database; by default, a new one on SQLite in `folder`.

    A light or large site that is there already is measured as it is.
    """
    settings = {
        "DATABASE_URL": database_url or f"sqlite:///{folder / f'{size}.db'}",
        "SECRET_KEY": "a key for measuring alone, thirty-two bytes and more",
        "RATELIMIT_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    app = create_app(settings, folder / "instance")
    with app.app_context():
        flask_migrate.upgrade()
        if size in SIZES:
            pages = _demo(app, *SIZES[size])
        else:
            if db.session.scalar(sa.select(User.id).limit(1)) is None:
                fill(*SHAPES[size])
            pages = _pages_of_shape()
        db.session.commit()
    return BenchSite(app, settings, pages)


def _demo(app: Flask, people: int, posts: int) -> dict[str, Page]:
    """What the member who follows most sees."""
    words = ["demo", "--users", str(people), "--posts", str(posts), "--seed", "7"]
    result = app.test_cli_runner().invoke(args=words)
    assert result.exit_code == 0, result.output
    most_following = sa.select(User).order_by(User.following_count.desc(), User.id)
    member = db.session.scalars(most_following.limit(1)).one()
    name, newest = member.username, _newest_id()
    token = _token(member)
    return {
        "sign-in page": ("/auth/login", ""),
        "front page": ("/", ""),
        "explore": ("/explore", ""),
        "profile": (f"/user/{name}", ""),
        "permalink": (f"/post/{newest}", ""),
        "home": ("/index", token),
        "explore, member": ("/explore", token),
        "followers": (f"/user/{name}/followers", token),
        "people": ("/people", token),
        "search": ("/search?q=garden", token),
        "notifications": ("/notifications/all", token),
        "poll": ("/notifications?since=9999999999", token),
    }


def _pages_of_shape() -> dict[str, Page]:
    """Lists that are long, with one page far from their beginning; and their readers."""
    reader, eager, celebrity = (
        _token(db.session.scalars(User.named(name)).one())
        for name in ("reader", "eager", "celebrity")
    )
    newest = _newest_id()
    far, follows, likes = (
        db.session.scalars(sa.select(sa.func.max(model.id))).one() // 2
        for model in (Post, Follow, Like)
    )
    return {
        "front page": ("/", ""),
        "explore": ("/explore", ""),
        "home, 50": ("/index", reader),
        "home, 1,000": ("/index", eager),
        "home, 1,000, far": (f"/index?before={far}", eager),
        "explore, member": ("/explore", eager),
        "explore, far": (f"/explore?before={far}", eager),
        "thread": (f"/post/{DISCUSSED}", eager),
        "thread, far": (f"/post/{DISCUSSED}?after={far}", eager),
        "liked post": (f"/post/{LIKED}", eager),
        "liked, visitor": (f"/post/{LIKED}", ""),
        "likes": (f"/post/{LIKED}/likes", eager),
        "likes, far": (f"/post/{LIKED}/likes?before={likes * 2 - 200}", eager),
        "profile": ("/user/person15", eager),
        "profile, far": (f"/user/person15?before={far}", eager),
        "profile, reposts": ("/user/person5", eager),
        "replies": ("/user/replier/replies", eager),
        "replies, far": (f"/user/replier/replies?before={far}", eager),
        "followers": ("/user/celebrity/followers", eager),
        "followers, far": (f"/user/celebrity/followers?before={follows}", eager),
        "people": ("/people", eager),
        "search": ("/search?q=garden", eager),
        "notifications": ("/notifications/all", celebrity),
        "poll": ("/notifications?since=9999999999", celebrity),
        "poll, new posts": (f"/notifications?since=9999999999&posts_after={newest - 1000}", eager),
    }


def _newest_id() -> int:
    newest_id = sa.select(sa.func.max(Post.id)).where(Post.repost_of_id.is_(None))
    return db.session.scalars(newest_id).one()


def _token(person: User) -> str:
    _session, token = sessions.start(person, is_known_device=True)
    return token
