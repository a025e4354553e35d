"""What is Elasticsearch's own: versions that arrive in any order, and indices that change."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

import config
from app import db
from app.backends.search import Document, SearchError, SearchQuery, get_search
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Post, SearchChange, User
from app.services.accounts import accounts
from app.services.accounts.links import Link
from app.services.posts import posts, search_index
from app.services.posts.composition import compose_in
from tests.support.elasticsearch import Elasticsearch
from tests.support.factories import make_post, make_user
from tests.support.searching import (
    engine_of,
    find,
    find_people,
    found_ids,
    indices_of,
    left,
    open_told_site,
    rebuild,
    refresh,
    settle,
    start_worker,
    wait_until,
)
from tests.support.servers import Postgresql

pytestmark = pytest.mark.server


@pytest.fixture
def site(tmp_path: Path, elasticsearch: Elasticsearch) -> Iterator[Flask]:
    with open_told_site(tmp_path, elasticsearch) as opened:
        yield opened


def said(version: int, text: str | None, row_id: int = 7) -> Document:
    return Document("post", row_id, version, text, utcnow() if text else None)


def ids_with(*terms: str) -> list[int]:
    refresh()
    return get_search().search_by_date(SearchQuery("post", terms), Cursor(100))


def test_the_newest_word_counts_in_whatever_order_it_comes(site: Flask) -> None:
    engine = engine_of(site)
    words = [said(1, "bread"), said(2, "cake"), said(3, None), said(4, "jam"), said(5, "tea")]
    for seed in range(5):
        row_id = 100 + seed
        told = [said(one.version, one.text, row_id) for one in words] * 2
        random.Random(seed).shuffle(told)
        for one in told:
            engine.write([one])
        assert ids_with("tea")[0] == row_id
        assert ids_with("bread") == ids_with("cake") == ids_with("jam") == []
    mixed = [said(version, str(version)) for version in (3, 1, 4, 1, 5, 9, 2, 6)]
    engine.write(mixed)
    assert ids_with("9") == [7]


def test_what_is_gone_is_not_revived_by_a_late_word(site: Flask) -> None:
    engine = engine_of(site)
    engine.write([said(1, "bread"), said(search_index.ERASED_VERSION, None)])
    engine.manager.indices.put_settings(index=engine.live, settings={"gc_deletes": "0s"})
    engine.manager.indices.flush(index=engine.live)
    engine.write([said(2, "bread")])
    assert ids_with("bread") == ids_with() == []


def test_a_version_counts_what_the_post_and_its_author_went_through(site: Flask) -> None:
    # The tellers read these moments, and may be stopped for long before they say so.
    ana = make_user("ana")
    post = make_post(ana, "Bread")
    settle()
    moments = [state_of(post)]
    for change in (edit, close, reopen, remove, erase):
        change(post, ana)
        db.session.commit()
        moments.append(state_of(post))
    versions = [one.version for one in moments]
    assert versions == sorted(set(versions))
    assert [one.text is None for one in moments] == [False, False, True, False, True, True]
    engine_of(site).write(moments[::-1])
    assert ids_with() == []


def state_of(post: Post) -> Document:
    row_id = sa.inspect(post).identity[0]
    return search_index._documents([SearchChange(id=0, kind="post", row_id=row_id)])[0]


def edit(post: Post, _ana: User) -> None:
    posts.edit(post, compose_in("en", "Cake"))


def close(_post: Post, ana: User) -> None:
    accounts.close(ana)


def reopen(_post: Post, ana: User) -> None:
    accounts.reopen(Link(ana, ""))


def remove(post: Post, _ana: User) -> None:
    posts.delete(post)


def erase(post: Post, _ana: User) -> None:
    db.session.execute(sa.delete(Post).where(Post.id == post.id))


def test_a_closed_account_takes_its_posts_along_and_brings_them_back(site: Flask) -> None:
    ana, ben = make_user("ana", about_me="Baker"), make_user("ben", about_me="Baker")
    for number in range(3):
        make_post(ana, f"Bread {number}")
    make_post(ben, "Bread by ben")
    assert len(find("bread")) == 4
    accounts.close(ana)
    settle()
    # Not only are the posts hidden: nothing of them is left in the index.
    assert len(found_ids("bread")) == 1
    assert find_people("baker") == ["ben"]
    accounts.reopen(Link(ana, ""))
    assert len(find("bread")) == 4
    assert sorted(find_people("baker")) == ["ana", "ben"]
    accounts.close(ana)
    db.session.execute(
        sa.update(User)
        .where(User.id == ana.id)
        .values(closed_at=utcnow() - accounts.ERASE_AFTER * 2)
    )
    assert accounts.erase_closed() == 1
    settle()
    assert len(found_ids("bread")) == 1


def test_what_is_erased_leaves_the_index_even_when_nobody_said_so_before(site: Flask) -> None:
    ana, ben = make_user("ana"), make_user("ben")
    make_post(ana, "Bread of somebody who leaves")
    deleted = make_post(ben, "Bread that is deleted")
    settle()
    # As if the engine had not been in use when these things were done.
    long_ago = utcnow() - timedelta(days=60)
    ana.closed_at = deleted.deleted_at = long_ago
    db.session.commit()
    settle()
    assert len(found_ids("bread")) == 2
    assert (accounts.erase_closed(), posts.purge()) == (1, 1)
    settle()
    assert found_ids("bread") == []
    assert ids_with() == []


def test_a_new_index_gets_what_is_written_while_it_is_made(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "SYNC_BATCH", 2)
    ana = make_user("ana")
    made = [make_post(ana, f"Bread {number}") for number in range(5)]
    settle()
    (before,) = indices_of(site)
    steps = search_index.rebuild()
    for step, _size in enumerate(steps):
        db.session.commit()
        if step == 1:
            # One that is copied already, one that is not, one that is new.
            posts.delete(made[0])
            posts.edit(made[4], compose_in("en", "Cake"))
            make_post(ana, "Bread 5")
            # The one in use goes on meanwhile.
            assert find("bread") == ["Bread 5", "Bread 3", "Bread 2", "Bread 1"]
            assert len(indices_of(site)) == 2
    assert find("bread") == ["Bread 5", "Bread 3", "Bread 2", "Bread 1"]
    assert find("cake") == ["Cake"]
    (after,) = indices_of(site)
    assert after != before


def test_an_index_that_was_not_finished_leaves_nothing_behind(site: Flask) -> None:
    make_post(make_user("ana"), "Bread")
    before = indices_of(site)
    steps = search_index.rebuild()
    next(steps)
    steps.close()
    assert indices_of(site) == before
    assert find("bread") == ["Bread"]


def test_of_two_who_make_an_index_the_later_one_does(site: Flask) -> None:
    make_post(make_user("ana"), "Bread")
    first, second = search_index.rebuild(), search_index.rebuild()
    next(first)
    next(second)
    with pytest.raises(SearchError):
        list(first)
    engine_of(site).breaker.close()
    list(second)
    db.session.commit()
    assert find("bread") == ["Bread"]
    assert len(indices_of(site)) == 1


def test_the_worker_makes_an_index_where_there_is_none(site: Flask) -> None:
    make_post(make_user("ana"), "Bread")
    db.session.commit()
    engine = engine_of(site)
    engine.manager.indices.delete(index=indices_of(site))
    work(site)
    refresh()
    assert len(found_ids("bread")) == 1


def test_the_worker_leaves_an_index_alone_that_somebody_else_makes(site: Flask) -> None:
    make_post(make_user("ana"), "Bread")
    engine = engine_of(site)
    engine.manager.indices.delete(index=indices_of(site))
    steps = search_index.rebuild()
    next(steps)
    db.session.commit()
    assert not engine.needs_rebuild()
    # One that was left behind by a process that was killed is made again after an hour.
    with time_machine.travel(time.time() + 3700):
        assert engine.needs_rebuild()
    steps.close()


def work(site: Flask) -> None:
    """Have the periodic job done, as the worker does it."""
    runner = site.test_cli_runner()
    assert runner.invoke(args=["worker", "--drain"]).exit_code == 0
    db.session.execute(sa.text("UPDATE task SET available_at = created_at WHERE key IS NOT NULL"))
    db.session.commit()
    assert runner.invoke(args=["worker", "--drain"]).exit_code == 0


def test_many_posts_are_told_together(site: Flask) -> None:
    done = site.test_cli_runner().invoke(args=["demo", "--users", "3", "--posts", "300"])
    assert done.exit_code == 0, done.output
    jobs = sa.text("SELECT count(*) FROM task WHERE name = 'sync_search'")
    assert db.session.scalar(jobs) < 10
    settle()
    assert left() == 0
    everybody = get_search().search_by_date(SearchQuery("post", ()), Cursor(1000))
    everybody = get_search().search_by_date(SearchQuery("post", ()), Cursor(1000))
    public = sa.select(Post.id).where(Post.visibility == "public").order_by(Post.id.desc())
    assert everybody == list(db.session.scalars(public))


def test_two_workers_leave_the_index_as_the_database_is(
    elasticsearch: Elasticsearch, postgresql: Postgresql, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": postgresql.new_database()}
    with open_told_site(tmp_path, elasticsearch, **settings) as site, ExitStack() as stack:
        ana = make_user("ana")
        made = [make_post(ana, f"Bread {number}") for number in range(12)]
        db.session.commit()
        for _ in range(2):
            start_worker(environ_of(site), stack)
        wait_until(lambda: left() == 0, "the workers are at work")
        dice = random.Random(7)
        for turn in range(100):
            db.session.expire_all()
            post = dice.choice(made)
            if post.deleted_at is not None:
                posts.restore(post)
            elif dice.random() < 0.3:
                posts.delete(post)
            else:
                posts.edit(post, compose_in("en", f"Bread {turn}"))
            db.session.commit()
        wait_until(lambda: left() == 0, "everything is told")
        refresh()
        for post in made:
            word = post.body.split()[1]
            assert (post.id in found_ids(f"bread {word}")) == (post.deleted_at is None)
        assert len(found_ids("bread")) == sum(post.deleted_at is None for post in made)


def environ_of(site: Flask) -> dict[str, str]:
    names = ("DATABASE_URL", "SECRET_KEY", "ELASTICSEARCH_URL", "ELASTICSEARCH_PREFIX")
    return {**os.environ, **{name: site.config[name] for name in names}}


def test_sites_share_a_server_and_no_index(
    site: Flask, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    make_post(make_user("ana"), "Bread here")
    assert find("bread") == ["Bread here"]
    (tmp_path / "other").mkdir()
    with open_told_site(tmp_path / "other", elasticsearch):
        make_post(make_user("ana"), "Bread there")
        assert find("bread") == ["Bread there"]
    assert find("bread") == ["Bread here"]


def test_reindexing_tells_how_far_it_is(site: Flask) -> None:
    make_post(make_user("ana"), "Bread")
    db.session.commit()
    (before,) = indices_of(site)
    done = site.test_cli_runner().invoke(args=["search", "reindex"])
    assert done.exit_code == 0, done.output
    told = ["Posts", "People", "Elasticsearch", "The search index is up to date."]
    assert done.output.splitlines() == told
    assert indices_of(site) != [before]
    assert find("bread") == ["Bread"]


def test_where_the_database_searches_the_client_is_not_loaded(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, app;"
        f"app.create_app({{}}, pathlib.Path({str(tmp_path)!r}));"
        "assert not {'elasticsearch', 'elastic_transport'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=config.ROOT, check=True)


def test_an_index_is_made_anew_by_hand_after_it_was_lost(site: Flask) -> None:
    make_post(make_user("ana"), "Bread")
    engine_of(site).manager.indices.delete(index=indices_of(site))
    with pytest.raises(AssertionError):
        found_ids("bread")
    engine_of(site).breaker.close()
    rebuild()
    assert find("bread") == ["Bread"]
