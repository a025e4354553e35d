"""Whom somebody can write to."""

from __future__ import annotations

from app.services.messages import recipients
from tests.support.factories import make_follow, make_user


def test_a_recipient_says_whether_they_take_messages_from_the_sender(ana, ben):
    make_user("rosa", messages_from="nobody")
    friend = make_user("friend", messages_from="followed")
    assert recipients.named(ana, "ben").is_accepting
    assert not recipients.named(ana, "rosa").is_accepting
    assert not recipients.named(ana, "friend").is_accepting
    make_follow(friend, ana)
    assert recipients.named(ana, "friend").is_accepting
    assert recipients.named(ana, "ana").is_accepting
    assert recipients.named(ana, "nobody") is None


def test_those_followed_last_come_first(ana, ben, cleo):
    make_follow(ana, ben)
    make_follow(ana, cleo)
    assert [one.person for one in recipients.followed(ana)] == [cleo, ben]


def test_matching_people_are_found_by_their_words(ana, ben):
    people, is_cut = recipients.matching(ana, "ortega ben")
    assert [one.person for one in people] == [ben]
    assert not is_cut
