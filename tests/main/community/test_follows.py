"""Follow and unfollow through the buttons, from wherever they are."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.models import Follow, User
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import get_page, log_in, send


def counters(person: User) -> tuple[int, int]:
    row = sa.select(User.followers_count, User.following_count).where(User.id == person.id)
    return tuple(db.session.execute(row).one())


def follows_count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Follow))


def test_following_somebody_brings_their_posts_home(client, ana, ben):
    make_post(ben, "From Ben")
    log_in(client, ana)
    assert "From Ben" not in get_page(client, "/index").text
    assert send(client, "/user/ben", "/follow/ben").location == "/user/ben"
    page = get_page(client, "/user/ben")
    assert "You're following Ben Ortega." in page.text
    assert page.all("form", action="/unfollow/ben")
    assert "From Ben" in get_page(client, "/index").text
    assert (counters(ana), counters(ben)) == ((0, 1), (1, 0))


def test_unfollowing_can_be_undone(client, ana, ben):
    make_follow(ana, ben)
    log_in(client, ana)
    send(client, "/user/ben", "/unfollow/ben")
    page = get_page(client, "/user/ben")
    assert "You unfollowed Ben Ortega." in page.text
    # Two forms follow Ben now: the button on the profile, and Undo in the notice.
    assert len(page.all("form", action="/follow/ben")) == 2
    assert (counters(ana), counters(ben)) == ((0, 0), (0, 0))
    client.post("/follow/ben", data=page.fields("/follow/ben"))
    assert (counters(ana), counters(ben)) == ((0, 1), (1, 0))


def test_following_twice_counts_once(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/user/ben").fields("/follow/ben")
    for verb, number in (("follow", 1), ("unfollow", 0)):
        for _ in range(3):
            assert client.post(f"/{verb}/ben", data=fields).status_code == 302
        assert counters(ben) == (number, 0)
        assert counters(ana) == (0, number)
        assert follows_count() == number


def test_only_a_real_unfollow_offers_undo(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/user/ben").fields("/follow/ben")
    client.post("/unfollow/ben", data=fields)
    assert len(get_page(client, "/user/ben").all("form", action="/follow/ben")) == 1


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_nobody_follows_themselves(client, ana, verb):
    log_in(client, ana)
    assert not get_page(client, "/user/ana").all("form", action="/follow/ana")
    response = send(client, "/index")
    fields = get_page(client, "/index").fields("/index")
    response = client.post(f"/{verb}/ANA", data=fields)
    assert response.status_code == 302
    assert "You can't follow yourself." in get_page(client, response.location).text
    assert counters(ana) == (0, 0)
    assert follows_count() == 0


def test_the_name_may_be_in_any_case(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/user/ben").fields("/follow/ben")
    assert client.post("/follow/BEN", data=fields | {"next": ""}).location == "/user/ben"
    assert counters(ben) == (1, 0)


@pytest.mark.parametrize("name", ["nobody", "x", "a" * 300, "%F0%9F%99%82", "ben%20", "１２"])
@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_a_name_that_nobody_has_leads_home_with_a_notice(client, ana, ben, verb, name):
    log_in(client, ana)
    fields = get_page(client, "/user/ben").fields("/follow/ben")
    assert client.post(f"/{verb}/{name}", data=fields).location == "/index"
    assert "There's no one called" in get_page(client, "/index").text


def test_a_closed_account_cannot_be_followed(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/user/ben").fields("/follow/ben")
    ben.closed_at = ben.created_at
    db.session.commit()
    assert client.post("/follow/ben", data=fields).location == "/index"
    assert follows_count() == 0


@pytest.mark.parametrize("verb", ["follow", "unfollow"])
def test_a_get_follows_nobody(client, ana, ben, verb):
    log_in(client, ana)
    response = client.get(f"/{verb}/ben")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert follows_count() == 0


BACK = {
    "/user/ana/following?before=7": "/user/ana/following?before=7",
    "/tag/caf%C3%A9": "/tag/caf%C3%A9",
    "": "/user/ben",
    "//evil.example": "/user/ben",
    "///evil.example": "/user/ben",
    "/\\evil.example": "/user/ben",
    "/%5Cevil.example": "/user/ben",
    "https://evil.example/": "/user/ben",
    "https:evil.example": "/user/ben",
    "javascript:alert(1)": "/user/ben",
    "evil.example": "/user/ben",
    "/\t/evil.example": "/user/ben",
    "/a\r\nSet-Cookie: x=1": "/user/ben",
    "/" + "a" * 3000: "/user/ben",
}


@pytest.mark.parametrize(("target", "leads_to"), BACK.items(), ids=range(len(BACK)))
def test_the_button_leads_back_to_its_page_and_never_to_another_site(
    client, ana, ben, target, leads_to
):
    log_in(client, ana)
    assert send(client, "/user/ben", "/follow/ben", next=target).location == leads_to
    assert send(client, "/user/ben", "/unfollow/ben", next=target).location == leads_to


def test_visitors_are_led_to_sign_in_and_back(client, ben):
    page = get_page(client, "/user/ben")
    assert page.all("a", href="/auth/login?next=/user/ben&follow=ben")
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    response = client.post("/follow/ben", data={"csrf_token": token})
    assert response.location == "/auth/login"
    assert follows_count() == 0


def test_without_a_confirmed_address_nobody_is_followed(app, client, ben):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    log_in(client, make_user("dan", email_verified_at=None))
    response = send(client, "/user/ben", "/follow/ben")
    assert response.location == "/auth/verify/resend"
    assert follows_count() == 0


def test_lists_of_people_show_the_latest_first_and_a_button_for_each(client, ana, ben, cleo):
    for follower in (ben, cleo):
        make_follow(follower, ana)
    make_follow(ana, cleo)
    log_in(client, ana)
    page = get_page(client, "/user/ana/followers")
    names = [a.get("href") for a in page.all("a", class_="person__link")]
    assert names == ["/user/cleo", "/user/ben"]
    assert page.all("form", action="/unfollow/cleo")
    assert page.all("form", action="/follow/ben")
    response = send(client, "/user/ana/followers", "/follow/ben")
    assert response.location == "/user/ana/followers"
    page = get_page(client, "/user/ana/following")
    names = [a.get("href") for a in page.all("a", class_="person__link")]
    assert names == ["/user/ben", "/user/cleo"]
