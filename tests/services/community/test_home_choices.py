"""What homes show beside posts: of all whom somebody follows, and of each."""

from __future__ import annotations

import pytest

from app import db
from app.database.cursor import Cursor
from app.models import Post, User
from app.models.posts.timeline import home_of
from app.services.community import follows, home_choices
from app.services.errors import NotFollowingError
from app.services.messages.updates import new_posts
from app.services.posts import reposts
from tests.support.factories import make_follow, make_post


@pytest.fixture
def acts(ana: User, ben: User, cleo: User) -> dict[str, int]:
    """Of ben and cleo, whom ana follows, and of ana: a post, a reply to each other and a repost."""
    for other in (ben, cleo):
        make_follow(ana, other)
    question = make_post(cleo, "Who has a ladder?")
    reply = make_post(ben, "I do.", reply_to=question)
    own_reply = make_post(ana, "So do I.", reply_to=question)
    news = make_post(ana, "The ferry is back.")
    reposts.repost(ben, news)
    reposts.repost(ana, question)
    db.session.commit()
    return {"question": question.id, "reply": reply.id, "own": own_reply.id, "news": news.id}


def home(reader: User) -> list[tuple[int, str | None]]:
    """Posts in a home, each with who repeats it."""
    return [
        (entry.post.id, entry.reposter and entry.reposter.username)
        for entry in home_of(reader, Cursor(20))
    ]


def test_all_is_shown_at_first(ana, acts):
    assert home(ana) == [
        (acts["question"], "ana"),
        (acts["news"], "ben"),
        (acts["own"], None),
        (acts["reply"], None),
    ]


def test_reposts_of_others_are_left_out_and_come_back(ana, acts):
    before = home(ana)
    home_choices.choose(ana, "reposts", is_shown=False)
    left = [(acts["question"], "ana"), (acts["news"], None)]
    assert home(ana) == [*left, (acts["own"], None), (acts["reply"], None)]
    home_choices.choose(ana, "reposts", is_shown=True)
    assert home(ana) == before


def test_replies_of_others_are_left_out_and_ones_own_stay(ana, acts):
    home_choices.choose(ana, "replies", is_shown=False)
    assert home(ana) == [(acts["question"], "ana"), (acts["news"], "ben"), (acts["own"], None)]


def test_one_person_is_heard_without_their_reposts_or_replies(ana, ben, cleo, acts):
    reposts.repost(cleo, db.session.get_one(Post, acts["news"]))
    home_choices.choose_of(ana, ben, "reposts", is_shown=False)
    assert (acts["news"], "cleo") in home(ana)
    home_choices.choose_of(ana, ben, "replies", is_shown=False)
    assert acts["reply"] not in [post_id for post_id, _ in home(ana)]
    known = follows.relationship(ana, ben)
    assert (known.shows_reposts, known.shows_replies) == (False, False)
    # Nobody else's home has less.
    make_follow(ben, cleo)
    assert (acts["reply"], None) in home(ben)


def test_new_posts_are_counted_as_home_shows_them(ana, ben, acts):
    home_choices.choose_of(ana, ben, "replies", is_shown=False)
    last = home_of(ana, Cursor(1))[0].id
    make_post(ben, "Mine is green.", reply_to=db.session.get_one(Post, acts["own"]))
    assert new_posts(ana, last)["data"] == 0
    make_post(ben, "Anybody for a walk?")
    assert new_posts(ana, last)["data"] == 1


def test_there_is_nothing_to_choose_of_whom_one_does_not_follow(ana, ben):
    with pytest.raises(NotFollowingError):
        home_choices.choose_of(ana, ben, "reposts", is_shown=False)
    make_follow(ben, ana)
    with pytest.raises(NotFollowingError):
        home_choices.choose_of(ana, ben, "reposts", is_shown=False)


def test_whoever_follows_again_begins_anew(ana, ben):
    make_follow(ana, ben)
    home_choices.choose_of(ana, ben, "replies", is_shown=False)
    follows.unfollow(ana, ben)
    follows.follow(ana, ben)
    assert follows.relationship(ana, ben).shows_replies
