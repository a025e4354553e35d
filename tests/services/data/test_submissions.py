"""Idempotency: one mechanism for the forms of pages and for API clients."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Message, Post, Submission, User
from app.services.data import submissions
from app.services.data.submissions import SubmissionKey, client_key, form_key, once
from app.services.errors import GoneError, KeyReusedError, MessageRefusedError
from app.services.messages import messages
from app.services.posts import posts
from app.services.posts.composition import compose


def publish(author: User, key: SubmissionKey | None, body: str = "Words", title: str = "") -> Post:
    return once(author, key, Post, lambda: posts.publish(author, compose(body, title=title)))


def from_form(author: User, key: str, body: str = "Words", title: str = "") -> Post:
    return publish(author, form_key(key, body, title), body, title)


def from_client(author: User, key: str, body: str = "Words") -> Post:
    return publish(author, client_key(key, body, ""), body)


def test_the_same_form_with_the_same_words_is_one_post(ana, ben):
    first = from_form(ana, "k")
    assert from_form(ana, "k") is first
    assert from_form(ana, "other") is not first
    assert from_form(ana, "k", "Other words") is not first
    assert from_form(ana, "k", title="Title") is not first
    assert from_form(ben, "k") is not first
    assert publish(ana, None) is not publish(ana, None)
    assert form_key("", "Words") is form_key(None, "Words") is client_key(None, "Words") is None


@pytest.mark.parametrize("key", ["k" * 10_000, "e\u0301" * 64, "\x1b", "🙂"])
def test_any_key_is_stored_in_the_same_small_space(ana, key):
    from_form(ana, key)
    assert len(db.session.scalars(sa.select(Submission)).one().key_hash) <= 64


def test_a_form_sent_again_after_its_post_was_deleted_is_meant_as_a_new_one(ana):
    first = from_form(ana, "k")
    posts.delete(first)
    second = from_form(ana, "k")
    assert second is not first
    assert from_form(ana, "k") is second


def test_the_key_of_a_client_stands_for_one_request(ana):
    first = from_client(ana, "k")
    assert from_client(ana, "k") is first
    with pytest.raises(KeyReusedError):
        from_client(ana, "k", "Other words")
    posts.delete(first)
    with pytest.raises(GoneError):
        from_client(ana, "k")


def test_an_expired_key_is_as_good_as_new(ana):
    first = from_client(ana, "k")
    row = db.session.scalars(sa.select(Submission)).one()
    assert row.expires_at - row.created_at == submissions.CLIENT_LIFETIME
    row.expires_at = utcnow() - timedelta(seconds=1)
    db.session.commit()
    assert from_client(ana, "k", "Other words") is not first
    assert submissions.purge() == 0
    db.session.execute(sa.update(Submission).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert submissions.purge() == 1


def test_a_message_is_sent_once_and_a_refused_one_leaves_no_key(ana, ben):
    def send() -> Message:
        key = client_key("k", "message", ben.id, "Hello")
        return once(ana, key, Message, lambda: messages.send(ana, ben, "Hello"))

    ben.messages_from = "nobody"
    db.session.commit()
    with pytest.raises(MessageRefusedError):
        send()
    db.session.rollback()
    ben.messages_from = "everyone"
    db.session.commit()
    first = send()
    assert send() is first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1
