"""Muting conversations."""

from __future__ import annotations

from app import db
from app.services.community import conversation_mutes
from tests.support.factories import make_post


def test_a_conversation_is_muted_by_any_of_its_posts_and_for_one_person(ana, ben):
    first = make_post(ana)
    reply = make_post(ben, reply_to=first)
    for _ in range(2):
        conversation_mutes.mute(ana, reply)
    assert conversation_mutes.is_muting(ana, first) and conversation_mutes.is_muting(ana, reply)
    assert not conversation_mutes.is_muting(ben, first)
    assert not conversation_mutes.is_muting(ana, make_post(ben, "Elsewhere"))
    conversation_mutes.unmute(ana, first)
    db.session.commit()
    assert not conversation_mutes.is_muting(ana, reply)
