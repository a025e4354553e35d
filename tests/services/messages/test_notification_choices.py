"""What people choose to hear of is decided when it happens: no row, no badge."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.models import Digest, Notification, NotificationChoice, NotificationGroup, User
from app.models.messages.notification import CHOOSABLE
from app.services.community import follow_requests, follows
from app.services.messages import notification_choices, updates
from app.services.messages.notification_choices import Choice
from app.services.posts import likes, reposts
from app.web.notification_labels import KIND_LABELS
from tests.support.factories import make_follow, make_post, make_user
from tests.support.notifying import choose, queued
from tests.support.pages import counted_statements

Act = Callable[[User, User], object]


@pytest.fixture(autouse=True)
def mail_server(app: Flask) -> None:
    app.config["MAIL_SERVER"] = "mail.example"


def reply(actor: User, reader: User) -> object:
    return make_post(actor, "Yes!", reply_to=make_post(reader))


def mention(actor: User, reader: User) -> object:
    return make_post(actor, f"Look, @{reader.username}")


def like(actor: User, reader: User) -> object:
    likes.like(actor, make_post(reader))
    return db.session.commit()


def repost(actor: User, reader: User) -> object:
    reposts.repost(actor, make_post(reader))
    return db.session.commit()


def follow(actor: User, reader: User) -> object:
    follows.follow(actor, reader)
    return db.session.commit()


def ask(actor: User, reader: User) -> object:
    reader.approves_followers = True
    db.session.flush()
    return follow(actor, reader)


def accept(actor: User, reader: User) -> object:
    ask(reader, actor)
    follow_requests.accept(actor, reader)
    return db.session.commit()


ACTS: dict[str, Act] = {
    "reply": reply,
    "mention": mention,
    "like": like,
    "repost": repost,
    "follow": follow,
    "follow_request": ask,
    "follow_accepted": accept,
}


def heard_by(user: User) -> list[str]:
    db.session.expire_all()
    rows = sa.select(Notification.name).where(Notification.user_id == user.id)
    groups = sa.select(NotificationGroup.name).where(NotificationGroup.user_id == user.id)
    names = list(db.session.scalars(rows))
    assert list(db.session.scalars(groups)) == names
    assert updates.updates_of(user).notifications == len(names)
    return names


def test_every_kind_with_a_choice_has_a_name_and_is_tried_here() -> None:
    assert set(KIND_LABELS) == set(CHOOSABLE) == set(ACTS)


@pytest.mark.parametrize("name", ACTS)
def test_without_a_choice_it_is_on_the_site_alone(app, ana, ben, name):
    assert notification_choices.of(ana)[name] == Choice("site", "everyone")
    ACTS[name](ben, ana)
    assert heard_by(ana) == [name]
    assert queued() == []


@pytest.mark.parametrize("name", ACTS)
def test_not_at_all_writes_nothing(app, ana, ben, name):
    choose(ana, "none", name)
    ACTS[name](ben, ana)
    assert heard_by(ana) == []


@pytest.mark.parametrize("name", ["reply", "mention", "like", "repost"])
def test_from_people_one_follows_alone(app, ana, ben, cleo, name):
    choose(ana, "site", name, from_whom="followed")
    make_follow(ana, ben)
    ACTS[name](cleo, ana)
    assert heard_by(ana) == []
    ACTS[name](ben, ana)
    assert heard_by(ana) == [name]


def test_a_choice_is_of_one_kind_and_one_person(app, ana, ben, cleo):
    choose(ana, "none", "mention")
    make_post(cleo, "@ana @ben look")
    assert (heard_by(ana), heard_by(ben)) == ([], ["mention"])
    reply(cleo, ana)
    assert heard_by(ana) == ["reply"]


@pytest.mark.parametrize("name", ACTS)
def test_by_email_at_once_also_queues_one(app, ana, ben, name):
    choose(ana, "mail", name)
    ACTS[name](ben, ana)
    (job,) = queued()
    assert job.user_id == ana.id
    assert job.available_at > job.created_at
    assert heard_by(ana) == [name]


def test_a_site_without_a_mail_server_queues_nothing(app, ana, ben):
    choose(ana, "mail", "reply")
    app.config["MAIL_SERVER"] = None
    reply(ben, ana)
    assert (heard_by(ana), queued()) == (["reply"], [])
    assert notification_choices.of(ana)["reply"] == Choice()


def test_thousands_of_likes_are_one_email(app, ana):
    choose(ana, "mail", "like")
    post = make_post(ana)
    for _ in range(7):
        likes.like(make_user(), post)
    db.session.commit()
    assert len(queued()) == 1
    # Also after it was sent.
    db.session.delete(queued()[0])
    likes.like(make_user(), post)
    db.session.commit()
    assert queued() == []


def test_a_like_that_comes_back_is_no_email(app, ana, ben):
    choose(ana, "mail", "like")
    post = make_post(ana)
    for _ in range(3):
        likes.like(ben, post)
        likes.unlike(ben, post.id)
    db.session.commit()
    assert len(queued()) == 1


def test_a_post_with_mentions_costs_a_statement_for_emails_alone(app, ana, ben, cleo):
    def statements() -> int:
        with counted_statements() as counted:
            make_post(cleo, "@ana @ben look")
        return len(counted)

    before = statements()
    choose(ana, "none", "mention")
    choose(ben, "digest", "mention")
    assert statements() <= before
    for person in (ana, ben):
        choose(person, "mail", "mention")
    assert statements() == before + 1
    assert len(queued()) == 2


def test_the_default_costs_no_row(app, ana):
    choose(ana, "none", "like", "reply")
    choose(ana, "site", "like")
    rows = sa.select(NotificationChoice.name, NotificationChoice.delivery)
    assert db.session.execute(rows).all() == [("reply", "none")]
    choose(ana, "site", "reply")
    assert db.session.execute(rows).all() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Digest)) == 0


def test_nobody_chooses_from_whom_followers_are(app, ana):
    choose(ana, "mail", "follow", from_whom="followed")
    assert notification_choices.of(ana)["follow"] == Choice("mail", "everyone")


def test_emails_about_a_kind_are_ended_and_taken_back(app, ana):
    choose(ana, "mail", "reply", "mention", from_whom="followed")
    for _ in range(2):
        notification_choices.stop_emails(ana, "reply")
    assert notification_choices.of(ana)["reply"] == Choice("site", "followed")
    assert notification_choices.of(ana)["mention"].delivery == "mail"
    for _ in range(2):
        notification_choices.resume_emails(ana, "reply")
    assert notification_choices.of(ana)["reply"] == Choice("mail", "followed")


def test_ending_emails_does_not_bring_back_what_is_off(app, ana):
    choose(ana, "none", "reply")
    notification_choices.stop_emails(ana, "reply")
    assert notification_choices.of(ana)["reply"] == Choice("none")


def test_a_digest_is_ended_and_taken_back_with_its_kinds_and_hour(app, ana):
    choose(ana, "digest", "reply", "like", from_whom="followed")
    notification_choices.change(ana, {}, 18)
    for _ in range(2):
        notification_choices.stop_emails(ana, "digest")
    db.session.expire_all()
    assert set(notification_choices.of(ana).values()) == {
        Choice(),
        Choice("site", "followed"),
    }
    for _ in range(2):
        notification_choices.resume_emails(ana, "digest")
    assert notification_choices.names_by(ana, "digest") == ["reply", "like"]
    assert notification_choices.of(ana)["like"] == Choice("digest", "followed")
    assert notification_choices.digest_hour_of(ana) == 18


def test_a_choice_after_the_end_of_a_digest_brings_back_nothing_else(app, ana):
    choose(ana, "digest", "reply", "like")
    notification_choices.stop_emails(ana, "digest")
    choose(ana, "digest", "mention")
    assert notification_choices.names_by(ana, "digest") == ["mention"]


def test_a_digest_taken_back_with_nothing_in_it_has_what_one_misses_most(app, ana):
    choose(ana, "digest", "like")
    choose(ana, "site", "like")
    notification_choices.resume_emails(ana, "digest")
    assert set(notification_choices.names_by(ana, "digest")) == {"reply", "mention"}


def test_choices_go_with_the_account(app, ana):
    choose(ana, "digest", "reply")
    db.session.delete(ana)
    db.session.commit()
    for table in (NotificationChoice, Digest):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
