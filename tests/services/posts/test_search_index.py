"""The index: what rows are found by, and how an engine beside the database follows them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.backends.search import Document
from app.models import Post, SearchChange, Task, User
from app.services.accounts import accounts
from app.services.posts import posts, reposts, search_index
from app.services.posts.composition import compose_in
from tests.support.factories import make_post, make_user
from tests.support.memory_search import MemorySearch


@pytest.fixture
def engine(app, monkeypatch) -> MemorySearch:
    """An engine that has to be sent every change."""
    engine = MemorySearch()
    engine.use_in(app, monkeypatch)
    return engine


def text_of(row: Post | User) -> tuple[str | None, int]:
    model = type(row)
    columns = sa.select(model.search_text, model.search_version).where(model.id == row.id)
    text, version = db.session.execute(columns).one()
    return text, version


def waiting() -> list[tuple[str, int]]:
    changes = db.session.scalars(sa.select(SearchChange).order_by(SearchChange.id))
    return [(change.kind, change.row_id) for change in changes]


def sync() -> int:
    """Send what waits; returns how often the caller could commit."""
    steps = 0
    for _ in search_index.sync(may_build=False):
        db.session.commit()
        steps += 1
    db.session.commit()
    return steps


def test_a_post_is_found_by_its_folded_words_its_author_and_its_tags(ana):
    post = make_post(ana, "Café #Fair")
    text, version = text_of(post)
    assert text.startswith("cafe fair ")
    assert {f"ｚby{ana.id}", "ｚonfair"} <= set(text.split())
    posts.edit(post, compose_in("en", "Closed"))
    assert text_of(post)[0].startswith("closed ")
    assert text_of(post)[1] == version + 1


def test_a_removed_post_has_no_text_and_a_higher_version(ana):
    post, other = make_post(ana), make_post(ana)
    before = text_of(post)[1]
    search_index.remove_post(post)
    assert text_of(post) == (None, before + 1)
    assert text_of(other)[0]


def test_where_the_database_searches_nothing_waits_to_be_sent(ana):
    make_post(ana)
    accounts.close(ana)
    assert waiting() == []
    assert db.session.scalars(sa.select(Task).where(Task.name == "sync_search")).all() == []


def test_each_change_waits_in_its_own_transaction_with_a_job(engine, ana):
    sync()
    post = make_post(ana)
    assert waiting() == [("post", post.id)]
    jobs = sa.select(sa.func.count()).where(Task.name == "sync_search")
    count = db.session.scalar(jobs)
    search_index.remove_post(post)
    assert db.session.scalar(jobs) == count + 1
    db.session.rollback()
    assert waiting() == [("post", post.id)]
    assert db.session.scalar(jobs) == count


def test_closing_an_account_takes_its_posts_along_and_nobody_elses(engine, ana, ben):
    mine, _ = [make_post(ana), make_post(ana)], make_post(ben)
    sync()
    search_index.enqueue_account(ana.id)
    assert sorted(waiting()) == [*(("post", post.id) for post in mine), ("user", ana.id)]


def test_the_engine_is_sent_rows_as_they_are_now_and_erased_ones_for_good(engine, ana):
    live, gone = make_post(ana, "First words"), make_post(ana)
    posts.edit(live, compose_in("en", "Second words"))
    db.session.execute(sa.delete(Post).where(Post.id == gone.id))
    gone_id = sa.inspect(gone).identity[0]
    # One request, with a commit before and after it.
    assert sync() == 2
    assert waiting() == []
    assert engine.documents["post", live.id].text.startswith("second words")
    erased = Document("post", gone_id, search_index.ERASED_VERSION)
    assert engine.documents["post", gone_id] == erased
    assert sync() == 0


def test_an_index_is_built_first_only_by_whoever_may_build_it(engine, ana):
    post = make_post(ana)
    db.session.execute(sa.delete(SearchChange))
    db.session.commit()
    sync()
    assert engine.documents == {}
    for _ in search_index.sync(may_build=True):
        db.session.commit()
    assert set(engine.documents) == {("post", post.id), ("user", ana.id)}


def test_reindexing_rewrites_the_texts_of_all_but_deleted_posts(ana):
    kept, deleted = make_post(ana, "Fair #tag", title="Title"), make_post(ana)
    posts.delete(deleted)
    right = text_of(kept)[0]
    db.session.execute(sa.update(Post).values(search_text="nonsense"))
    db.session.execute(sa.update(User).values(search_text="nonsense"))
    assert sum(search_index.reindex("post")) == search_index.count("post") == 2
    assert (text_of(kept)[0], text_of(deleted)[0]) == (right, None)
    assert text_of(ana)[0] == "nonsense"
    assert sum(search_index.reindex("user")) == search_index.count("user") == 1
    assert text_of(ana)[0].startswith("ana ")


def test_reposts_are_neither_indexed_nor_sent(engine, ana, ben):
    post = make_post(ana)
    reposts.repost(ben, post)
    db.session.commit()
    assert sum(search_index.reindex("post")) == search_index.count("post") == 1
    indexed = sa.select(Post.id).where(Post.search_text.is_not(None))
    assert db.session.scalars(indexed).all() == [post.id]
    assert sum(search_index.rebuild()) == 3
    search_index.enqueue_account(ben.id)
    queued = sa.select(SearchChange.row_id).where(SearchChange.kind == "post")
    assert set(db.session.scalars(queued)) <= {post.id}
    assert {row_id for kind, row_id in engine.documents if kind == "post"} == {post.id}


def test_batches_meet_without_gap(engine, ana, monkeypatch):
    for name in ("SYNC_BATCH", "REINDEX_BATCH"):
        monkeypatch.setattr(search_index, name, 2)
    ids = {make_post(ana).id for _ in range(5)}
    assert list(search_index.reindex("post")) == [2, 2, 1]
    assert list(search_index.rebuild()) == [2, 2, 1, 1]
    assert {row_id for kind, row_id in engine.documents if kind == "post"} == ids
    make_user("dora")
    # Six changes of posts and people, the ones since the index was built among them.
    assert sync() == 2 * ((len(ids) + 2 + 1) // 2)
