"""Replies that whoever began a thread folds away."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Notification, Post, User
from app.policies import may_fold
from app.services.posts import folds, posts, threads
from tests.support.factories import make_post
from tests.support.pages import counted_statements


def around(post: Post, viewer: User | None, **options) -> threads.Thread:
    db.session.expire_all()
    place = threads.Location(post.id, post.reply_to_id, post.root_id)
    cursor = options.pop("cursor", Cursor(25))
    return threads.around(place, viewer, cursor, **options)


def said(replies) -> list[tuple[str, list[str]]]:
    return [(one.post.body, [inner.body for inner in one.inner]) for one in replies]


def fold(post: Post) -> None:
    folds.fold(post)
    db.session.commit()


def test_what_is_folded_stands_at_the_end_with_everything_below_it(ana, ben, cleo):
    first = make_post(ana, "First")
    rude = make_post(ben, "Rude", reply_to=first)
    make_post(cleo, "An answer", reply_to=rude)
    make_post(cleo, "Kind", reply_to=first)
    before = utcnow()
    fold(rude)
    thread = around(first, None)
    assert said(thread.replies) == [("Kind", [])]
    assert said(thread.folded) == [("Rude", ["An answer"])]
    assert thread.folded[0].post.folded_at > before
    # Nobody is told, and the numbers stay.
    assert thread.replies[0].post.counts is None
    assert db.session.scalar(Post.visible_to(None).where(Post.id == first.id)).replies_count == 2
    told = sa.select(Notification.name).where(Notification.user_id == ben.id)
    assert set(db.session.scalars(told)) == {"reply"}
    folds.unfold(rude)
    db.session.commit()
    thread = around(first, None)
    assert (said(thread.folded), len(thread.replies)) == ([], 2)


def test_deeper_ones_leave_their_place_for_the_end_of_the_thread_and_of_what_they_reply_to(
    ana, ben, cleo
):
    first = make_post(ana, "First")
    reply = make_post(ben, "Reply", reply_to=first)
    rude = make_post(cleo, "Rude", reply_to=reply)
    other = make_post(cleo, "Other", reply_to=first)
    fold(rude)
    thread = around(first, ana)
    assert said(thread.replies) == [("Reply", []), ("Other", [])]
    assert thread.replies[0].more_count == 1
    assert said(thread.folded) == [("Rude", [])]
    assert said(around(reply, ana).folded) == [("Rude", [])]
    assert said(around(other, ana).folded) == []
    assert [place.post.body for place in around(rude, ana).above.places] == ["First", "Reply"]


def test_folding_twice_keeps_the_time(ana, ben):
    reply = make_post(ben, reply_to=make_post(ana))
    fold(reply)
    db.session.refresh(reply)
    at = reply.folded_at
    fold(reply)
    db.session.refresh(reply)
    assert reply.folded_at == at


def test_whoever_began_the_thread_may_fold_what_others_wrote(ana, ben, cleo):
    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    deeper = make_post(cleo, reply_to=reply)
    own = make_post(ana, reply_to=reply)
    for post, viewer, expected in (
        *((reply, ana, True), (deeper, ana, True), (own, ana, False), (first, ana, False)),
        *((deeper, ben, False), (reply, ben, False), (reply, None, False), (first, ben, False)),
    ):
        assert may_fold(viewer, post, folds.thread_author_id(post)) is expected
    posts.delete(first)
    db.session.commit()
    assert folds.thread_author_id(reply) is None
    assert not may_fold(ana, reply, None)


def test_more_than_stand_at_the_end_have_pages_of_their_own(ana, ben):
    first = make_post(ana)
    replies = [make_post(ben, f"Rude {number}", reply_to=first) for number in range(14)]
    for reply in replies:
        folds.fold(reply)
    make_post(ben, "Kind", reply_to=first)
    db.session.commit()
    thread = around(first, None)
    assert len(thread.folded) == threads.FOLDED_MAX + 1
    cursor = Cursor(3, after=replies[9].id)
    thread = around(first, None, cursor=cursor, only_folded=True)
    assert thread.replies == []
    assert [one.post.body for one in thread.folded] == ["Rude 10", "Rude 11", "Rude 12"]


@pytest.mark.parametrize("count", [1, 40])
def test_they_take_no_statement_more(ana, ben, count):
    first = make_post(ana)
    for number in range(count):
        make_post(ben, reply_to=first)
        folds.fold(make_post(ben, f"Rude {number}", reply_to=first))
    db.session.commit()
    with counted_statements() as ran:
        threads.around(threads.Location(first.id, None, None), ana, Cursor(26))
    assert len(ran) == 2
