"""An email about a notification says what its reader may see at the moment it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import travel

from app import db
from app.lib.dates import utcnow
from app.models import Block, Mute, NotificationGroup, Post, User
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.community import conversation_mutes, follows
from app.services.messages import notification_mails, notifications
from app.services.posts import likes, posts
from tests.support.factories import make_post, make_user
from tests.support.notifying import choose, emails, queued, text_of

HOSTILE = '<script>alert(1)</script> & "quotes"'


@pytest.fixture(autouse=True)
def mail_server(app: Flask) -> None:
    app.config |= {"MAIL_SERVER": "mail.example", "EMAILS_MUST_BE_VERIFIED": True}


def reply(actor: User, reader: User, body: str = "See you at eight.") -> Post:
    return make_post(actor, body, reply_to=make_post(reader))


def test_a_reply_is_told_with_its_words_and_leads_there(app, ana, ben):
    choose(ana, "mail", "reply")
    post = reply(ben, ana)
    (mail,) = emails()
    assert mail["To"] == ana.email
    assert mail["Subject"] == "[Microblog] Ben Ortega replied to you"
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert "Ben Ortega replied to you" in text
        assert "See you at eight." in text
        assert f"{app.config['BASE_URL']}/post/{post.id}" in text
        assert "/settings/notifications" in text
    # Nothing is loaded from the site.
    assert not any(word in text for word in ("<img", "src=", "url("))


def test_each_kind_says_what_it_is(app, ana, ben):
    choose(ana, "mail", "mention", "follow", "like")
    make_post(ben, "Morning, @ana!")
    follows.follow(ben, ana)
    likes.like(ben, make_post(ana, "Bread"))
    db.session.commit()
    subjects = [mail["Subject"].partition("] ")[2] for mail in emails()]
    assert subjects == [
        "Ben Ortega mentioned you",
        "Ben Ortega followed you",
        "Ben Ortega liked your post",
    ]


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (2, "Fan 1 and Fan 0 liked your post"),
        (3, "Fan 2, Fan 1, and 1 other liked your post"),
        (9, "Fan 8, Fan 7, and 7 others liked your post"),
    ],
)
def test_likes_of_a_post_are_told_together(app, ana, count, sentence):
    choose(ana, "mail", "like")
    post = make_post(ana)
    for number in range(count):
        likes.like(make_user(display_name=f"Fan {number}"), post)
    db.session.commit()
    (mail,) = emails()
    assert mail["Subject"].partition("] ")[2] == sentence


def test_it_is_in_the_language_and_the_time_zone_of_its_reader(app, ana, ben):
    ana.language, ana.time_zone = "es", "Asia/Tokyo"
    choose(ana, "mail", "reply")
    with travel(datetime(2027, 3, 1, 20, 5, tzinfo=UTC)):
        reply(ben, ana)
        (mail,) = emails()
    assert "respondió" in mail["Subject"]
    assert "2 mar 2027, 5:05" in text_of(mail)
    assert '<html lang="es">' in text_of(mail, "html")


def test_names_and_words_are_text(app, ana, ben):
    ben.display_name = HOSTILE
    choose(ana, "mail", "reply")
    reply(ben, ana, HOSTILE)
    (mail,) = emails()
    html = text_of(mail, "html")
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 2
    assert HOSTILE in text_of(mail)


def test_a_name_with_signs_that_no_header_may_have_is_fine(app, ana, ben):
    ben.display_name = "Ben \U0001f468\u200d\U0001f469\u200d\U0001f467"
    choose(ana, "mail", "reply")
    reply(ben, ana)
    (mail,) = emails()
    assert "Ben \U0001f468" in mail["Subject"]
    assert ben.display_name in text_of(mail)


def test_a_long_post_is_an_excerpt(app, ana, ben):
    choose(ana, "mail", "reply")
    reply(ben, ana, "bread " * 80)
    (mail,) = emails()
    words = max(text_of(mail).splitlines(), key=len)
    assert 250 < len(words.strip()) <= 300
    assert words.endswith("…")


def test_it_says_how_to_end_them_and_nothing_else(app, ana, ben):
    choose(ana, "mail", "reply")
    reply(ben, ana)
    (mail,) = emails()
    address = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in text_of(mail)
    assert address in text_of(mail, "html")
    link = links.read(Purpose.UNSUBSCRIBE, address.rpartition("/")[2])
    assert link is not None
    assert (link.user, link.claims) == (ana, {"kind": "reply"})


def read_it(ana: User, _ben: User, _post: Post) -> None:
    notifications.mark_read(ana, 10**9)


def block(ana: User, ben: User, _post: Post) -> None:
    db.session.add(Block(blocker_id=ana.id, blocked_id=ben.id))


def be_blocked(ana: User, ben: User, _post: Post) -> None:
    db.session.add(Block(blocker_id=ben.id, blocked_id=ana.id))


def mute(ana: User, ben: User, _post: Post) -> None:
    db.session.add(Mute(muter_id=ana.id, muted_id=ben.id))


def mute_conversation(ana: User, _ben: User, post: Post) -> None:
    conversation_mutes.mute(ana, post)


def delete(_ana: User, _ben: User, post: Post) -> None:
    posts.delete(post)


def hide(_ana: User, _ben: User, post: Post) -> None:
    post.hidden_at = utcnow()


def suspend_author(_ana: User, ben: User, _post: Post) -> None:
    ben.suspended_until = utcnow() + timedelta(days=3)


def silence_author(_ana: User, ben: User, _post: Post) -> None:
    ben.silenced_until = utcnow() + timedelta(days=3)


def close_author(_ana: User, ben: User, _post: Post) -> None:
    ben.closed_at = utcnow()


def suspend(ana: User, _ben: User, _post: Post) -> None:
    ana.suspended_until = utcnow() + timedelta(days=3)


def close(ana: User, _ben: User, _post: Post) -> None:
    ana.closed_at = utcnow()


def lose_address(ana: User, _ben: User, _post: Post) -> None:
    ana.email_verified_at = None


def apply(ana: User, _ben: User, _post: Post) -> None:
    ana.applied_at = utcnow()


def choose_otherwise(ana: User, _ben: User, _post: Post) -> None:
    choose(ana, "site", "reply")


@pytest.mark.parametrize(
    "change",
    [
        *(read_it, block, be_blocked, mute, mute_conversation, delete, hide, suspend_author),
        *(silence_author, close_author, suspend, close, lose_address, apply, choose_otherwise),
    ],
)
def test_what_happened_since_keeps_it_back(
    app, ana, ben, change: Callable[[User, User, Post], None]
):
    choose(ana, "mail", "reply")
    post = reply(ben, ana)
    change(ana, ben, post)
    db.session.commit()
    assert emails() == []


@pytest.mark.parametrize("change", [block, be_blocked, mute, suspend_author, close_author, suspend])
def test_so_it_does_for_a_new_follower(app, ana, ben, change):
    choose(ana, "mail", "follow")
    follows.follow(ben, ana)
    post = make_post(ana)
    change(ana, ben, post)
    db.session.commit()
    assert emails() == []


def test_likes_are_told_without_those_who_are_gone(app, ana, ben, cleo):
    choose(ana, "mail", "like")
    post = make_post(ana)
    for person in (cleo, ben):
        likes.like(person, post)
    suspend_author(ana, ben, post)
    db.session.commit()
    (mail,) = emails()
    assert mail["Subject"].endswith("cleo liked your post")
    assert "Ben" not in mail.as_string()


def test_a_like_that_was_taken_back_is_not_told(app, ana, ben):
    choose(ana, "mail", "like")
    post = make_post(ana)
    likes.like(ben, post)
    likes.unlike(ben, post.id)
    db.session.commit()
    assert emails() == []


def test_somebody_erased_gets_none(app, ana, ben):
    choose(ana, "mail", "reply")
    reply(ben, ana)
    (job,) = queued()
    payload = dict(job.payload)
    db.session.delete(ana)
    db.session.commit()
    # The job goes with the person; a worker may have it already.
    assert queued() == []
    assert notification_mails.compose(payload) is None
    assert notification_mails.compose_digest(payload) is None


def test_a_retry_is_recognized_as_the_same_email(app, ana, ben):
    choose(ana, "mail", "reply")
    reply(ben, ana)
    (job,) = queued()
    first, second = (notification_mails.compose(job.payload) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.msgId == second.msgId


def test_a_flood_ends_after_a_while_and_stays_on_the_site(app, ana, ben, monkeypatch):
    monkeypatch.setattr(notification_mails, "EMAILS_PER_HOUR", 3)
    choose(ana, "mail", "mention")
    for number in range(5):
        make_post(ben, f"@ana {number}")
    assert len(emails()) == 3
    rows = sa.select(sa.func.count()).where(NotificationGroup.user_id == ana.id)
    assert db.session.scalar(rows) == 5


def test_a_mail_server_that_is_away_uses_nothing_up(app, ana, ben, monkeypatch):
    monkeypatch.setattr(notification_mails, "EMAILS_PER_HOUR", 2)
    choose(ana, "mail", "mention")
    for number in range(2):
        make_post(ben, f"@ana {number}")
    jobs = queued()
    for attempt in range(4):
        for job in jobs:
            assert notification_mails.compose(job.payload, is_retry=attempt > 0) is not None
    make_post(ben, "@ana one too many")
    assert notification_mails.compose(queued()[-1].payload) is None


def test_a_content_note_stands_for_the_words(app, ana, ben):
    choose(ana, "mail", "reply")
    post = reply(ben, ana, "The butler did it.")
    post.content_note = "How the book ends"
    db.session.commit()
    (mail,) = emails()
    assert "How the book ends" in text_of(mail)
    assert "butler" not in mail.as_string()


def test_a_zone_that_is_not_known_here_is_utc(app, ana, ben):
    ana.time_zone = "Mars/Olympus"
    choose(ana, "mail", "reply")
    with travel(datetime(2027, 3, 1, 20, 5, tzinfo=UTC)):
        reply(ben, ana)
        (mail,) = emails()
    assert "Mar 1, 2027, 8:05 PM" in text_of(mail)


def test_a_site_whose_mail_server_was_removed_sends_none(app, ana, ben):
    choose(ana, "mail", "reply")
    reply(ben, ana)
    app.config["MAIL_SERVER"] = None
    assert emails() == []
