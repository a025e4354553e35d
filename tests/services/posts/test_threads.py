"""Threads: who replies to what, what stands above and below, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Notification, Post, PostCount, User
from app.services.accounts import accounts
from app.services.community import blocks, mutes
from app.services.data import counters
from app.services.errors import RepeatedPostError
from app.services.posts import posts, threads
from app.services.posts.composition import compose
from tests.support.factories import make_post
from tests.support.moderation import decide
from tests.support.pages import counted_statements


def place_of(post: Post) -> threads.Location:
    return threads.Location(post.id, post.reply_to_id, post.root_id)


def around(post: Post, viewer: User | None, limit: int = 10, after: int | None = None):
    place = place_of(post)
    # As in a request of its own.
    db.session.expire_all()
    return threads.around(place, viewer, Cursor(limit, after=after))


def above(post: Post, viewer: User | None) -> list[str]:
    places = around(post, viewer).above.places
    return [place.post.body if place.post else f"gone: {place.is_deleted}" for place in places]


def below(post: Post, viewer: User | None, **cursor: int) -> list[tuple[str, list[str], int]]:
    return [
        (reply.post.body, [inner.body for inner in reply.inner], reply.more_count)
        for reply in around(post, viewer, **cursor).replies
    ]


def replies_count(post: Post) -> int:
    db.session.expire_all()
    found = db.session.scalar(Post.visible_to(None).where(Post.id == post.id))
    return found.replies_count


def erase(post: Post) -> None:
    posts.delete(post)
    post.deleted_at = utcnow() - posts.PURGE_AFTER - timedelta(days=1)
    db.session.commit()
    assert posts.purge() == 1
    db.session.commit()
    db.session.expire_all()


def told(user: User) -> list[tuple[str, int | None]]:
    rows = sa.select(Notification.name, Notification.post_id).where(Notification.user_id == user.id)
    return [tuple(row) for row in db.session.execute(rows.order_by(Notification.id))]


def test_a_reply_knows_its_parent_its_thread_and_whom_it_answers(ana, ben, cleo):
    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    deeper = make_post(cleo, reply_to=reply)
    assert (first.reply_to_id, first.root_id, first.reply_to_author_id) == (None, None, None)
    assert (reply.reply_to_id, reply.root_id, reply.reply_to_author_id) == (
        *(first.id, first.id),
        ana.id,
    )
    assert (deeper.reply_to_id, deeper.root_id, deeper.reply_to_author_id) == (
        *(reply.id, first.id),
        ben.id,
    )


def test_a_thread_of_ones_own_answers_nobody_and_more_of_a_reply_the_same_person(ana, ben):
    first = make_post(ana)
    second = make_post(ana, reply_to=first)
    third = make_post(ana, reply_to=second)
    assert second.reply_to_author_id is third.reply_to_author_id is None
    assert third.root_id == first.id
    reply = make_post(ben, reply_to=third)
    more = make_post(ben, reply_to=reply)
    assert more.reply_to_author_id == ana.id
    thanks = make_post(ana, reply_to=more)
    # In a thread of her own, and yet to somebody.
    assert thanks.reply_to_author_id == ben.id


def test_replies_are_counted_as_they_come_and_go(ana, ben):
    first = make_post(ana)
    assert replies_count(first) == 0
    one, two = make_post(ben, "One", reply_to=first), make_post(ana, "Two", reply_to=first)
    make_post(ben, "Below", reply_to=two)
    assert (replies_count(first), replies_count(two)) == (2, 1)
    posts.delete(one)
    db.session.commit()
    assert replies_count(first) == 1
    posts.restore(one)
    db.session.commit()
    assert replies_count(first) == 2


def test_the_same_words_are_a_repetition_below_the_same_post_alone(ana, ben):
    one, two = make_post(ana, "One"), make_post(ana, "Two")
    posts.publish_new(ben, compose("Yes!"), one)
    posts.publish_new(ben, compose("Yes!"), two)
    posts.publish_new(ben, compose("Yes!"))
    for parent in (one, two, None):
        with pytest.raises(RepeatedPostError):
            posts.publish_new(ben, compose("Yes!"), parent)


def test_the_author_of_the_parent_is_told_once(ana, ben, cleo):
    first = make_post(ana)
    reply = make_post(ben, "Right, @ana and @cleo", reply_to=first)
    assert told(ana) == [("reply", reply.id)]
    assert told(cleo) == [("mention", reply.id)]
    posts.edit(reply, compose("Right, @ana and @cleo!"))
    make_post(ana, reply_to=first)
    assert told(ana) == [("reply", reply.id)]
    thanks = make_post(ana, reply_to=reply)
    assert told(ben) == [("reply", thanks.id)]


def test_who_mutes_somebody_is_not_told_of_their_replies(ana, ben):
    first = make_post(ana)
    mutes.mute(ana, ben)
    make_post(ben, "Right, @ana", reply_to=first)
    assert told(ana) == []


def test_the_chain_above_goes_up_to_the_first_post_or_is_cut(ana, ben):
    post = make_post(ana, "0")
    for number in range(1, threads.CHAIN_MAX + 3):
        post = make_post((ana, ben)[number % 2], str(number), reply_to=post)
    chain = around(post, None).above
    assert chain.is_cut
    newest = threads.CHAIN_MAX + 2
    assert above(post, None) == [str(number) for number in range(2, newest)]
    assert len(chain.places) == threads.CHAIN_MAX
    last = chain.places[0].post
    assert above(last, None) == ["0", "1"] and not around(last, None).above.is_cut


def test_what_cannot_be_shown_keeps_its_place_in_the_chain(ana, ben, cleo):
    first = make_post(ana, "First")
    reply = make_post(ben, "Reply", reply_to=first)
    post = make_post(cleo, "Post", reply_to=reply)
    assert above(post, ana) == ["First", "Reply"]
    blocks.block(ana, ben)
    assert above(post, ana) == ["First", "gone: False"]
    assert above(post, ben) == ["gone: False", "Reply"]
    posts.delete(reply)
    db.session.commit()
    assert above(post, None) == ["First", "gone: True"]


def test_a_page_of_the_chain_is_full_while_there_is_more_to_read(ana, ben, cleo, monkeypatch):
    """However many posts that one may not read are between, above and below."""
    monkeypatch.setattr(threads, "CHAIN_MAX", 2)
    gone = make_post(ben, "Gone")
    post = make_post(ana, "1", reply_to=gone)
    for number in (2, 3, 4):
        for _ in range(3):
            post = make_post(ben, "Hidden", reply_to=post)
        post = make_post(ana, str(number), reply_to=post)
    posts.delete(gone)
    blocks.block(cleo, ben)
    db.session.commit()
    # As many in a row have one place.
    assert above(post, cleo) == ["2", "gone: False", "3", "gone: False"]
    chain = around(post, cleo).above
    assert [place.count for place in chain.places] == [1, 3, 1, 3] and chain.is_cut
    second = chain.places[0].post
    second_id = second.id
    assert above(second, cleo) == ["gone: True", "1", "gone: False"]
    # As a page of the API finds it.
    second = db.session.scalars(Post.alone_for(second_id, cleo)).one()
    assert not around(second, cleo).above.is_cut
    second = db.session.scalars(Post.alone_for(second_id, cleo)).one()
    assert threads.above(second, cleo).places[1].post.body == "1"


def test_replies_stand_oldest_first_each_with_its_own_first_two(ana, ben, cleo):
    first = make_post(ana)
    one, two = make_post(ben, "One", reply_to=first), make_post(cleo, "Two", reply_to=first)
    for word in ("a", "b", "c", "d"):
        make_post(ana, word, reply_to=one)
    make_post(ana, "e", reply_to=two)
    assert below(first, None) == [("One", ["a", "b"], 2), ("Two", ["e"], 0)]
    blocks.block(cleo, ben)
    assert below(first, cleo) == [("Two", ["e"], 0)]
    assert below(first, ben) == [("One", ["a", "b"], 2)]


def test_hidden_replies_take_no_place_of_others(ana, ben, cleo):
    first = make_post(ana)
    one = make_post(ana, "One", reply_to=first)
    for _ in range(3):
        posts.delete(make_post(ben, "Gone", reply_to=one))
        posts.delete(make_post(ben, "Gone", reply_to=first))
    make_post(cleo, "Here", reply_to=one)
    make_post(cleo, "There", reply_to=first)
    db.session.commit()
    assert below(first, None) == [("One", ["Here"], 0), ("There", [], 0)]


def test_pages_of_replies_go_on_after_the_last_one(ana):
    first = make_post(ana)
    written = [make_post(ana, str(number), reply_to=first).id for number in range(5)]
    assert [body for body, *_ in below(first, None, limit=3)] == ["0", "1", "2"]
    assert [body for body, *_ in below(first, None, after=written[2])] == ["3", "4"]


def test_when_a_parent_is_erased_its_replies_stand_below_the_first_post(ana, ben):
    first = make_post(ana, "First")
    middle = make_post(ben, "Middle", reply_to=first)
    make_post(ana, "Last", reply_to=middle)
    erase(middle)
    assert below(first, None) == [("Last", [], 0)]
    erase(first)
    replies = threads.around(threads.Location(first.id, None, None), None, Cursor(10)).replies
    assert [reply.post.body for reply in replies] == ["Last"]


def test_a_page_takes_as_many_statements_for_a_hundred_replies_as_for_one(ana, ben):
    def cost(post: Post) -> int:
        place = place_of(post)
        with counted_statements() as ran:
            threads.around(place, ben, Cursor(26))
        return len(ran)

    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    # What stands above takes one more, and without replies there is nothing else to read.
    assert (cost(first), cost(reply)) == (2, 3)
    for _ in range(50):
        make_post(ana, reply_to=make_post(ben, reply_to=first))
    assert cost(first) == 2


def test_an_erased_account_takes_its_replies_from_the_numbers(ana, ben, cleo):
    first = make_post(ana)
    make_post(ben, "One", reply_to=first)
    posts.delete(make_post(ben, "Deleted", reply_to=first))
    own = make_post(ben, "Own")
    own_id = own.id
    make_post(ben, "More", reply_to=own)
    make_post(cleo, "Two", reply_to=own)
    make_post(cleo, "Three", reply_to=first)
    ben.closed_at = utcnow() - accounts.ERASE_AFTER - timedelta(hours=1)
    db.session.commit()
    assert accounts.erase_closed() == 1
    db.session.commit()
    assert replies_count(first) == 1
    assert below(first, None) == [("Three", [], 0)]
    two = db.session.scalars(Post.visible_to(None).where(Post.body == "Two")).one()
    assert (two.reply_to_id, two.root_id) == (None, own_id)


def test_wrong_numbers_are_corrected(ana, ben):
    first, second = make_post(ana), make_post(ben)
    for parent in (first, second):
        make_post(ben, reply_to=parent)
    db.session.execute(sa.update(PostCount).values(replies_count=7))
    db.session.execute(sa.delete(PostCount).where(PostCount.post_id == second.id))
    db.session.commit()
    counters.recount(ana)
    db.session.commit()
    assert (replies_count(first), replies_count(second)) == (1, 0)
    counters.recount()
    db.session.commit()
    assert (replies_count(first), replies_count(second)) == (1, 1)


@pytest.mark.parametrize("how", ["blocked", "suspended"])
def test_a_page_is_full_whoever_else_replied(ana, ben, cleo, how):
    first = make_post(ana)
    for number in range(12):
        make_post(ben, f"Flood {number}", reply_to=first)
    seen = make_post(cleo, "Seen", reply_to=first)
    for number in range(3):
        make_post(ben, f"Below {number}", reply_to=seen)
    make_post(ana, "Below that", reply_to=seen)
    if how == "blocked":
        blocks.block(cleo, ben)
        db.session.commit()
    else:
        decide(ben, "suspend")
    assert below(first, cleo, limit=5) == [("Seen", ["Below that"], 3)]
