"""Muting through the pages: the form, the button, the list, its file."""

from __future__ import annotations

from io import BytesIO

from app import db
from app.models import Notification
from app.services.community import mutes
from tests.support.factories import make_follow, make_post
from tests.support.pages import check_page, get_page, log_in, send

MUTE = "/user/ben/mute"


def test_a_person_is_muted_for_a_while_by_a_form(client, ana, ben):
    log_in(client, ana)
    response = send(client, MUTE, MUTE, days="7")
    assert response.location == "/user/ben"
    page = get_page(client, "/user/ben")
    assert "You muted Ben Ortega. They won't know." in page.text
    assert "Muted" in page.text
    found = mutes.find(ana, ben)
    assert found.expires_at is not None
    assert found.hides_notifications
    client.post("/user/ben/unmute", data=page.fields("/user/ben/unmute"))
    assert "You unmuted Ben Ortega." in get_page(client, "/user/ben").text
    assert mutes.find(ana, ben) is None


def test_from_the_menu_of_a_post_it_leads_back_to_the_list(client, ana, ben):
    post = make_post(ben, "From Ben")
    log_in(client, ana)
    came_from = {"Referer": "http://localhost/explore"}
    menu = get_page(client, f"/post/{post.id}/menu", headers=came_from)
    (link,) = [link for link in menu.all("a") if MUTE in link.get("href", "")]
    page = get_page(client, link.get("href"))
    form = f"{MUTE}?post={post.id}"
    assert client.post(form, data=page.fields(form)).location == "/explore"
    page = get_page(client, "/explore")
    assert "You muted Ben Ortega." in page.text
    assert "From Ben" not in page.text
    assert mutes.find(ana, ben).expires_at is None
    # Undo in the notice.
    response = client.post("/user/ben/unmute", data=page.fields("/user/ben/unmute"))
    assert response.location == "/explore"
    assert "From Ben" in get_page(client, "/explore").text


def test_the_form_refuses_what_it_does_not_offer(client, ana, ben):
    log_in(client, ana)
    response = send(client, MUTE, MUTE, days="900")
    assert response.status_code == 422
    check_page(response)
    assert mutes.find(ana, ben) is None


def test_notifications_are_hidden_unless_they_are_wanted(client, ana, ben, cleo):
    mutes.mute(ana, ben)
    mutes.mute(ana, cleo, hides_notifications=False)
    db.session.commit()
    for person in (ben, cleo):
        make_post(person, "Hello @ana")
        log_in(client, person)
        send(client, "/user/ana", "/follow/ana")
    rows = db.session.query(Notification).filter_by(user_id=ana.id)
    assert {row.actor_id for row in rows} == {cleo.id}
    log_in(client, ana)
    assert "Hello @ana" in get_page(client, "/notifications/all").text


def test_earlier_notifications_come_back_with_the_person(client, ana, ben):
    make_post(ben, "Hello @ana")
    log_in(client, ana)
    mutes.mute(ana, ben)
    db.session.commit()
    page = get_page(client, "/notifications/all")
    assert "Hello @ana" not in page.text
    assert not client.get("/notifications").json[-1]["data"]
    mutes.unmute(ana, ben)
    db.session.commit()
    assert "Hello @ana" in get_page(client, "/notifications/all").text


def test_the_muted_do_not_notice(client, ana, ben):
    make_follow(ben, ana)
    mutes.mute(ana, ben)
    db.session.commit()
    make_post(ana, "From Ana")
    log_in(client, ben)
    assert "From Ana" in get_page(client, "/index").text
    page = get_page(client, "/user/ana")
    assert "Muted" not in page.text
    assert send(client, "/messages/ana", "/send_message/ana", message="Hi").status_code == 302


def test_a_home_full_of_the_muted_shows_others(app, client, ana, ben, cleo):
    for person in (ben, cleo):
        make_follow(ana, person)
    make_post(cleo, "From Cleo")
    for _ in range(30):
        make_post(ben, "From Ben")
    mutes.mute(ana, ben)
    db.session.commit()
    log_in(client, ana)
    for url in ("/index", "/explore", "/search?q=from"):
        page = get_page(client, url)
        assert "From Cleo" in page.text, url
        assert "From Ben" not in page.text, url


def test_a_list_can_be_taken_elsewhere_and_back(client, ana, ben, cleo):
    log_in(client, ana)
    assert "You haven't muted anyone." in get_page(client, "/settings/mutes").text
    mutes.mute(ana, ben, days=1)
    mutes.mute(ana, cleo)
    db.session.commit()
    page = get_page(client, "/settings/mutes")
    assert "Muted · 2" in page.text
    assert "@cleo · For good" in page.text
    assert "@ben · Until" in page.text
    response = client.get("/settings/mutes/export.csv")
    assert response.text == "username\r\nben\r\ncleo\r\n"
    client.post("/user/cleo/unmute", data=page.fields("/settings/mutes"))
    file = (BytesIO(response.data), "muted.csv")
    fields = get_page(client, "/settings/mutes").fields("/settings/mutes/import")
    target = "/settings/mutes/import"
    client.post(target, data={**fields, "file": file}, content_type="multipart/form-data")
    assert "You muted 1 more person." in get_page(client, "/settings/mutes").text
    response = client.post(target, data=fields, content_type="multipart/form-data")
    assert response.status_code == 422
