"""A mention is of a person; the name is only how it is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import FormerUsername, Notification, Post
from app.services.accounts import accounts
from tests.support.factories import make_post, make_user
from tests.support.pages import get_page, log_in, send


def rename(client, username: str) -> None:
    page, action = "/settings/account", "/settings/account/username"
    response = send(client, page, action, username=username)
    assert response.status_code == 302


def let_90_days_pass() -> None:
    db.session.execute(sa.update(FormerUsername).values(released_at=utcnow() - timedelta(days=1)))
    accounts.release_names()
    db.session.commit()


def newest() -> Post:
    return db.session.scalars(sa.select(Post).order_by(Post.id.desc())).first()


def links(client, path: str) -> list[str]:
    page = get_page(client, path)
    return [link.get("href") for link in page.all("a", class_="mention")]


@pytest.fixture
def petra(app):
    return make_user("petra1", email="petra@example.com")


def test_an_old_mention_leads_to_the_same_person_when_a_stranger_has_the_name(
    app, client, ana, petra
):
    post = make_post(ana, "Hello @Petra1 and @ana.")
    log_in(client, petra)
    rename(client, "petra2")
    assert links(client, f"/post/{post.id}") == ["/user/petra2", "/user/ana"]
    let_90_days_pass()
    stranger = make_user("petra1")
    assert links(client, f"/post/{post.id}") == ["/user/petra2", "/user/ana"]
    assert "@Petra1" in get_page(client, f"/post/{post.id}").text
    later = make_post(ana, "Hello @petra1.")
    assert links(client, f"/post/{later.id}") == ["/user/petra1"]
    other = app.test_client()
    log_in(other, stranger)
    rename(other, "petra3")
    assert links(client, f"/post/{post.id}") == ["/user/petra2", "/user/ana"]
    assert links(client, f"/post/{later.id}") == ["/user/petra3"]


def test_an_edit_keeps_who_was_meant_and_so_does_the_history(client, ana, petra):
    post = make_post(ana, "Hello @petra1.")
    accounts.rename(petra, "petra2")
    let_90_days_pass()
    make_user("petra1")
    log_in(client, ana)
    send(client, f"/post/{post.id}/edit", post="Hello again @petra1.")
    assert links(client, f"/post/{post.id}") == ["/user/petra2"]
    assert links(client, f"/post/{post.id}/history").count("/user/petra1") == 0


def test_a_former_name_mentions_its_person_while_it_rests(client, ana, petra):
    accounts.rename(petra, "petra2")
    db.session.commit()
    log_in(client, ana)
    send(client, "/index", post="Where is @petra1?")
    assert links(client, f"/post/{newest().id}") == ["/user/petra2"]
    told = db.session.scalars(sa.select(Notification).where(Notification.name == "mention")).all()
    assert [row.user_id for row in told] == [petra.id]


def test_two_names_of_one_person_are_one_notification(client, ana, petra):
    accounts.rename(petra, "petra2")
    db.session.commit()
    log_in(client, ana)
    send(client, "/index", post="@petra1 @petra2")
    assert links(client, f"/post/{newest().id}") == ["/user/petra2"] * 2
    kind = sa.select(sa.func.count()).where(Notification.name == "mention")
    assert db.session.scalar(kind) == 1


def test_the_name_of_somebody_who_left_is_nobody_elses(client, ana, petra):
    post = make_post(ana, "Hello @petra1.")
    accounts.close(petra)
    petra.closed_at = utcnow() - timedelta(days=8)
    db.session.commit()
    assert accounts.erase_closed() == 1
    db.session.commit()
    let_90_days_pass()
    make_user("petra1")
    log_in(client, ana)
    assert links(client, f"/post/{post.id}") == []
    send(client, f"/post/{post.id}/edit", post="Hello again @petra1.")
    assert links(client, f"/post/{post.id}") == []
