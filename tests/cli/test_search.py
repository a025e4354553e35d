"""`flask search`: the index made again."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app import db
from app.models import Post, User
from tests.support.factories import make_post


def test_reindexing_tells_how_far_it_is_and_may_be_repeated(app: Flask, ana: User) -> None:
    post = make_post(ana, "The bakery opens.")
    before = db.session.scalar(sa.select(Post.search_text))
    db.session.execute(sa.update(Post).values(search_text=None))
    db.session.commit()
    for _ in range(2):
        done = app.test_cli_runner().invoke(args=["search", "reindex"])
        assert done.exit_code == 0, done.output
        assert done.output.split() == [
            "Posts",
            "People",
            "The",
            "search",
            "index",
            "is",
            "up",
            "to",
            "date.",
        ]
        found = sa.select(Post.search_text).where(Post.id == post.id)
        assert db.session.scalar(found) == before


def test_the_demo_can_be_found(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["demo", "--users", "3", "--posts", "5"])
    assert done.exit_code == 0, done.output
    found = sa.select(Post.id, Post.search_text).order_by(Post.id)
    texts = db.session.execute(found).all()
    done = app.test_cli_runner().invoke(args=["search", "reindex"])
    db.session.expire_all()
    assert db.session.execute(found).all() == texts
    assert all(text for _, text in texts)
