"""`make bench`: a line for every page, and a comparison with what was saved."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa

from app import db
from app.models import Like, Mention, NotificationGroup, Post, PostCount, User
from app.services.data import counters
from tests.bench import __main__ as bench
from tests.bench import in_process, served, sites
from tests.bench.shapes import CELEBRITY, DISCUSSED, LIKED, REPLIER, fill
from tests.support.databases import new_url, tried_kinds
from tests.support.sites import open_site

pytestmark = [pytest.mark.slow, pytest.mark.server]


@pytest.mark.parametrize("size", ["small", "large"])
def test_every_page_is_measured_and_compared_with_a_saved_run(
    size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sites.SIZES, "small", (20, 60))
    monkeypatch.setitem(sites.SHAPES, "large", (400, 2_000))
    monkeypatch.setattr(in_process, "REQUESTS", 3)
    monkeypatch.setattr(served, "REQUESTS", 40)
    saved = tmp_path / "before.json"
    monkeypatch.setattr(sys, "argv", ["bench", "--size", size, "--save", str(saved)])
    bench.main()
    lines = capsys.readouterr().out.splitlines()
    rows = json.loads(saved.read_text())
    assert [line[:18].strip() for line in lines[1:]] == list(rows)
    for name, row in rows.items():
        assert set(row) == set(bench.COLUMNS), name
        assert row["milliseconds"] > 0 and row["served"] > 0 and row["calls"] > 1000, name
    home = rows["home" if size == "small" else "home, 50"]
    assert home["statements"] > 0 == rows["front page"]["statements"]
    before = {name: row | {"calls": row["calls"] / 2} for name, row in rows.items()}
    bench.print_table(rows, before)
    assert capsys.readouterr().out.count("x 2.00") == len(rows)


@pytest.mark.parametrize("kind", tried_kinds())
def test_a_site_filled_in_bulk_is_as_if_people_had_written_it(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with open_site(tmp_path, DATABASE_URL=new_url(kind, tmp_path, request)):
        shape = fill(400, 4_000)
        # Raises SystemExit when an index is missing.
        flask_migrate.check()
        assert counters.recount() == 0
        posts = sa.select(sa.func.count()).select_from(Post)
        replies, reposts = (
            db.session.scalars(posts.where(column.is_not(None))).one()
            for column in (Post.root_id, Post.repost_of_id)
        )
        assert db.session.scalars(posts).one() == 4_000
        assert 0.35 < replies / 4_000 < 0.4 and 0.08 < reposts / 4_000 < 0.1
        most = db.session.get_one(PostCount, DISCUSSED), db.session.get_one(PostCount, LIKED)
        assert most[0].replies_count >= 0.9 * shape.thread and most[1].likes_count >= shape.fans
        replier = db.session.get_one(User, REPLIER)
        assert replier.posts_count == 4_000 * 0.4 // 16 - 10
        # Neither reader follows whom they answer.
        answered = sa.select(sa.func.min(Post.reply_to_author_id)).where(Post.author_id == REPLIER)
        assert db.session.scalars(answered).one() in {CELEBRITY, *shape.strangers}
        grouped = sa.select(sa.func.sum(NotificationGroup.count))
        grouped = grouped.where(NotificationGroup.user_id == CELEBRITY)
        assert db.session.scalars(grouped.where(NotificationGroup.name == "like")).one() == 200
        for model in (Like, Mention):
            assert db.session.scalars(sa.select(sa.func.count()).select_from(model)).one() > 100
        # What is written next has an id of its own, and is found.
        post = Post(author_id=REPLIER, body="", html="")
        db.session.add(post)
        db.session.flush()
        assert post.id == 4_001
