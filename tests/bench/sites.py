"""Sites to measure: filled by `flask demo`, the same people and posts each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from flask import Flask

from app import create_app, db
from app.models import Post, User
from app.services.accounts import sessions

SIZES = {"small": (200, 3_000), "middle": (2_000, 50_000)}


@dataclass(frozen=True)
class BenchSite:
    """A filled site, a session of the member who follows most, and the pages to ask for."""

    app: Flask
    settings: dict[str, str]
    token: str
    # By name: the path, and whether the member asks for it.
    pages: dict[str, tuple[str, bool]]


def make_site(folder: Path, size: str, database_url: str = "") -> BenchSite:
    """Fill an empty database; by default, a new one on SQLite in `folder`."""
    people, posts = SIZES[size]
    settings = {
        "DATABASE_URL": database_url or f"sqlite:///{folder / f'{size}.db'}",
        "SECRET_KEY": "a key for measuring alone, thirty-two bytes and more",
        "RATELIMIT_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    app = create_app(settings, folder / "instance")
    with app.app_context():
        flask_migrate.upgrade()
        words = ["demo", "--users", str(people), "--posts", str(posts), "--seed", "7"]
        result = app.test_cli_runner().invoke(args=words)
        assert result.exit_code == 0, result.output
        most_following = sa.select(User).order_by(User.following_count.desc(), User.id)
        member = db.session.scalars(most_following.limit(1)).one()
        newest_id = sa.select(sa.func.max(Post.id)).where(Post.repost_of_id.is_(None))
        newest = db.session.scalars(newest_id).one()
        _session, token = sessions.start(member, is_known_device=True)
        db.session.commit()
        name = member.username
    pages = {
        "sign-in page": ("/auth/login", False),
        "front page": ("/", False),
        "explore": ("/explore", False),
        "profile": (f"/user/{name}", False),
        "permalink": (f"/post/{newest}", False),
        "home": ("/index", True),
        "explore, member": ("/explore", True),
        "followers": (f"/user/{name}/followers", True),
        "people": ("/people", True),
        "search": ("/search?q=garden", True),
        "notifications": ("/notifications/all", True),
        "poll": ("/notifications?since=9999999999", True),
    }
    return BenchSite(app, settings, token, pages)
