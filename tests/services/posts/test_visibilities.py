"""Who may read a post: chosen, never wider than what it answers, narrowed but not widened."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.models import Post, PostCount, PostTag, User
from app.services.community import blocks, follows
from app.services.data import counters
from app.services.errors import GoneError, RepliesClosedError, WiderVisibilityError
from app.services.posts import posts, visibilities
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_post

TEXT = "Bread at nine #bakery"


def narrow(post: Post, visibility: str) -> bool:
    changed = posts.edit(post, compose(post.body), visibility=visibility)
    db.session.flush()
    return changed


def is_read_by(post: Post, viewer: User | None) -> bool:
    return db.session.scalar(Post.visible_to(viewer).where(Post.id == post.id)) is not None


def replies_to(post: Post) -> int:
    """How many replies a post has, which counting again does not change."""
    count = sa.select(PostCount.replies_count).where(PostCount.post_id == post.id)
    before = db.session.scalar(count)
    counters.recount()
    assert db.session.scalar(count) == before
    return before or 0


def tags(post: Post) -> list[str]:
    return list(db.session.scalars(sa.select(PostTag.tag).where(PostTag.post_id == post.id)))


def test_without_a_wish_a_post_is_as_its_author_prefers(ana):
    assert make_post(ana).visibility == "public"
    ana.default_visibility = "followers"
    post = make_post(ana, TEXT)
    assert (post.visibility, post.audience_id, tags(post)) == ("followers", ana.id, [])
    assert make_post(ana, visibility="public").audience_id is None


@pytest.mark.parametrize(
    ("parent", "wish", "result"),
    [
        ("public", "unlisted", "unlisted"),
        ("unlisted", "public", "unlisted"),
        ("unlisted", "followers", "followers"),
        ("followers", "public", "followers"),
        ("followers", None, "followers"),
    ],
)
def test_a_reply_is_never_wider_than_what_it_answers(ana, ben, parent, wish, result):
    make_follow(ben, ana)
    question = make_post(ana, visibility=parent)
    reply = make_post(ben, reply_to=question, visibility=wish)
    assert reply.visibility == result
    is_anas = parent == "followers"
    assert reply.audience_id == (None if result != "followers" else ana.id if is_anas else ben.id)


def test_a_reply_to_followers_is_for_these_also_deeper_down(ana, ben, cleo):
    make_follow(ben, ana)
    make_follow(cleo, ben)
    question = make_post(ana, visibility="followers")
    reply = make_post(ben, reply_to=question)
    more = make_post(ben, reply_to=reply)
    assert more.audience_id == ana.id
    assert not is_read_by(reply, cleo) and not is_read_by(more, cleo)
    make_follow(cleo, ana)
    assert is_read_by(reply, cleo) and is_read_by(more, cleo)


def test_what_few_read_does_not_count_for_everybody(ana, ben):
    make_follow(ben, ana)
    question = make_post(ana)
    make_post(ben, reply_to=question)
    private = make_post(ben, reply_to=question, visibility="followers")
    assert replies_to(question) == 1
    posts.delete(private)
    assert replies_to(question) == 1
    posts.restore(private)
    assert replies_to(question) == 1
    inside = make_post(ana, visibility="followers")
    make_post(ben, reply_to=inside)
    assert replies_to(inside) == 1


def test_narrowing_counts_again_above_and_below(ana, ben, cleo):
    make_follow(ben, ana)
    question = make_post(ana)
    reply = make_post(ben, reply_to=question)
    make_post(cleo, reply_to=reply, visibility="followers")
    assert (replies_to(question), replies_to(reply)) == (1, 0)
    narrow(reply, "followers")
    # What is below is no longer for fewer people than what it answers.
    assert (replies_to(question), replies_to(reply)) == (0, 1)


def test_narrowing_takes_a_post_out_of_lists_and_keeps_its_replies(ana, ben):
    post = make_post(ana, TEXT)
    reply = make_post(ben, reply_to=post)
    assert tags(post) == ["bakery"]
    assert narrow(post, "unlisted") is True
    assert narrow(post, "unlisted") is False
    assert (tags(post), is_read_by(post, None)) == ([], True)
    narrow(post, "followers")
    assert (post.audience_id, is_read_by(post, None), is_read_by(post, ben)) == (
        ana.id,
        False,
        False,
    )
    assert is_read_by(reply, None)
    assert post.edited_at is None


@pytest.mark.parametrize(
    ("before", "after"),
    [("unlisted", "public"), ("followers", "unlisted"), ("followers", "public")],
)
def test_more_people_never_read_it_later(ana, before, after):
    post = make_post(ana, visibility=before)
    with pytest.raises(WiderVisibilityError):
        posts.edit(post, compose("Wider"), visibility=after)
    db.session.rollback()
    assert db.session.get_one(Post, post.id).visibility == before


def test_an_edit_that_says_nothing_of_it_leaves_it(ana):
    post = make_post(ana, TEXT, visibility="unlisted")
    posts.edit(post, compose("Bread at ten #bakery"))
    assert (post.visibility, tags(post)) == ("unlisted", [])
    posts.delete(post)
    with pytest.raises(GoneError):
        narrow(post, "followers")


def test_those_it_mentions_and_answers_read_it_and_nobody_else(ana, ben, cleo):
    question = make_post(cleo)
    reply = make_post(ben, "Ask @ana", reply_to=question, visibility="followers")
    post = make_post(ben, "Hello @ana", visibility="followers")
    assert (is_read_by(reply, ana), is_read_by(reply, cleo), is_read_by(reply, ben)) == (
        True,
        True,
        True,
    )
    assert (is_read_by(post, ana), is_read_by(post, cleo)) == (True, False)


def test_a_choice_begins_with_what_is_wished_and_allowed(ana, ben):
    post = make_post(ana, visibility="followers")
    assert visibilities.below(post) == ("followers",)
    assert visibilities.preferred(ben, post) == "followers"
    assert visibilities.preferred(ben) == "public"


def test_whoever_was_sent_away_writes_to_these_readers_no_more(ana, ben, cleo):
    make_follow(ben, ana)
    question = make_post(ana, visibility="followers")
    reply = make_post(ben, reply_to=question)
    follows.remove_follower(ana, ben)
    # He still reads what he wrote, and may not go on.
    assert is_read_by(reply, ben)
    for person in (ben, cleo):
        with pytest.raises(RepliesClosedError):
            posts.publish(person, compose("More"), reply)
    make_post(ana, reply_to=reply)


def test_whom_somebody_mentions_or_answers_may_reply_until_they_block(ana, ben, cleo):
    mentioned = make_post(ana, "Ask @ben", visibility="followers")
    answered = make_post(ana, reply_to=make_post(cleo), visibility="followers")
    make_post(ben, reply_to=mentioned)
    make_post(cleo, reply_to=answered)
    blocks.block(ana, ben)
    with pytest.raises(RepliesClosedError):
        posts.publish(ben, compose("More"), mentioned)


def test_the_day_of_the_last_post_is_that_of_what_everybody_sees(ana):
    post = make_post(ana)
    db.session.refresh(ana)
    assert ana.last_posted_on is not None
    for hide, show in ((posts.delete, posts.restore), (lambda one: narrow(one, "followers"), None)):
        hide(post)
        db.session.expire_all()
        assert ana.last_posted_on is None
        counters.recount()
        db.session.expire_all()
        assert ana.last_posted_on is None
        if show is not None:
            show(post)
            db.session.expire_all()
            assert ana.last_posted_on is not None
