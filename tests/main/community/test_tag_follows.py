"""Following tags through their pages, and the list of them."""

from __future__ import annotations

from app import db
from app.services.community import tag_follows
from tests.support.factories import make_post
from tests.support.pages import get_page, log_in, visitor


def test_a_tag_is_followed_on_its_page_and_its_posts_come_home(client, ana, ben):
    make_post(ben, "Fresh #bread")
    log_in(client, ana)
    page = get_page(client, "/tag/bread")
    do, undo = "/tag/bread/follow", "/tag/bread/unfollow"
    assert client.post(do, data=page.fields(do)).location == "/tag/bread"
    page = get_page(client, "/tag/bread")
    assert "You're following #bread." in page.text
    assert "Fresh #bread" in get_page(client, "/index").text
    client.post(undo, data=page.fields(undo))
    page = get_page(client, "/tag/bread")
    assert "You unfollowed #bread." in page.text
    # The notice takes that back.
    assert page.all("form", action=do)
    assert "Fresh #bread" not in get_page(client, "/index").text


def test_the_list_has_all_tags_and_leads_to_their_pages(client, ana):
    log_in(client, ana)
    page = get_page(client, "/tags")
    assert "No tags yet" in page.text
    for tag in ("bread", "明天"):
        tag_follows.follow(ana, tag)
    db.session.commit()
    page = get_page(client, "/tags")
    links = [a.get("href") for a in page.all("a") if "/tag/" in a.get("href", "")]
    assert links == ["/tag/%E6%98%8E%E5%A4%A9", "/tag/bread"]
    undo = "/tag/bread/unfollow"
    assert client.post(undo, data=page.fields(undo)).location == "/tags"
    links = [a.get("href") for a in get_page(client, "/tags").all("a")]
    assert "/tag/bread" not in links


def test_a_tag_is_one_however_it_is_written(client, ana):
    log_in(client, ana)
    page = get_page(client, "/tag/bread")
    fields = page.fields("/tag/bread/follow")
    client.post("/tag/BREAD/follow", data={**fields, "next": ""})
    assert [row.tag for row in tag_follows.of(ana)] == ["bread"]
    for path in ("/tag/%21/follow", f"/tag/{'a' * 51}/follow"):
        assert client.post(path, data=fields).status_code == 404


def test_whoever_follows_too_many_is_led_to_the_list(client, ana):
    for number in range(tag_follows.TAGS_MAX):
        tag_follows.follow(ana, f"tag{number}")
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/tag/bread")
    do = "/tag/bread/follow"
    assert client.post(do, data=page.fields(do)).location == "/tags"
    assert "You're following as many tags as you can." in get_page(client, "/tags").text


def test_visitors_are_led_to_the_sign_in_page_and_back(app, ben):
    make_post(ben, "Fresh #bread")
    page = get_page(visitor(app), "/tag/bread")
    links = [a.get("href") for a in page.all("a", class_="tag-button")]
    assert links == ["/auth/login?next=/tag/bread"]
