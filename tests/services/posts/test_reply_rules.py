"""Who may reply in a thread."""

from __future__ import annotations

import pytest

from app import db
from app.services.errors import NotAllowedError, RepliesClosedError
from app.services.posts import posts, reply_rules
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_post


def test_a_rule_holds_for_the_whole_thread_and_can_be_loosened(ana, ben, cleo):
    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    reply_rules.change(first, "followed")
    db.session.commit()
    for parent in (first, reply):
        with pytest.raises(RepliesClosedError):
            posts.publish_new(cleo, compose(f"To {parent.id}"), parent)
    make_follow(ana, cleo)
    assert posts.publish_new(cleo, compose("Thanks"), reply).reply_to_id == reply.id
    reply_rules.change(first, "everyone")
    db.session.commit()
    assert reply_rules.may_reply(ben, first)


def test_being_mentioned_twice_is_being_mentioned(ana, ben):
    first = make_post(ana, "Dear @ben, dear @BEN")
    ben.username, ben.username_key = "benno", "benno"
    reply_rules.change(first, "mentioned")
    db.session.commit()
    assert reply_rules.may_reply(ben, first)


def test_replies_and_unknown_rules_are_refused(ana, ben):
    reply = make_post(ana, reply_to=make_post(ben))
    with pytest.raises(NotAllowedError):
        reply_rules.change(reply, "nobody")
    with pytest.raises(ValueError, match="strangers"):
        reply_rules.change(make_post(ana, "Mine"), "strangers")
