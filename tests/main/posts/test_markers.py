"""Home remembers where somebody stopped reading, and leads there."""

from __future__ import annotations

import pytest

from app import db
from app.models import Marker
from app.services.posts import markers
from tests.main.posts.test_timelines import link, shown
from tests.support.factories import make_follow, make_post
from tests.support.pages import get_page, log_in, send

READ = "/index/read"


@pytest.fixture
def five_a_page(app):
    app.config["POSTS_PER_PAGE"] = 5


def write(author, count):
    return [make_post(author, f"Number {number}") for number in range(count)]


def read_to(reader, post):
    markers.mark_read(reader, post.id)
    db.session.commit()


def headings(page):
    """What stands between the posts of home."""
    found = [*page.all("div", class_="place"), *page.all("section", class_="caught-up")]
    return [heading.text for part in found for heading in part.iter("h2")]


def jump(page):
    (found,) = [one for one in page.all("a", class_="link") if "stopped" in "".join(one.itertext())]
    return found.get("href")


def test_before_somebody_has_read_home_says_nothing_of_it(client, ana, ben):
    make_follow(ana, ben)
    write(ben, 3)
    log_in(client, ana)
    page = get_page(client, "/index")
    assert not page.all("*", class_="place") and not page.all("*", class_="caught-up")
    # To read a page writes nothing.
    assert db.session.query(Marker).count() == 0
    # Without scripts there is a button to begin with.
    (button,) = page.all("button", form="reading")
    assert button.text == "Mark 3 posts as read"
    (place,) = page.all("p", class_="unscripted")
    assert button in list(place)


def test_home_counts_what_is_new_and_pauses_where_somebody_stopped(client, ana, ben):
    make_follow(ana, ben)
    written = write(ben, 5)
    own = make_post(ana, "Mine")
    log_in(client, ana)
    read_to(ana, written[2])
    page = get_page(client, "/index")
    assert headings(page) == ["2 new posts", "You are caught up"]
    assert jump(page) == "#place"
    new, seen = (
        section.get("aria-label") for section in page.root.findall(".//section[@aria-label]")
    )
    assert (new, seen) == ("New posts", "Posts you have seen")
    assert "You stopped reading here just now." in page.text
    assert shown(page) == [post.id for post in [own, *reversed(written)]]

    response = send(client, "/index", READ, post_id=own.id)
    assert (response.status_code, response.location) == (302, "/index")
    page = get_page(client, "/index")
    assert headings(page) == ["You are caught up"]
    assert not page.all("section", class_="caught-up")
    # What somebody writes is not new to them.
    make_post(ana, "Mine again")
    assert headings(get_page(client, "/index")) == ["You are caught up"]


@pytest.mark.usefixtures("five_a_page")
def test_a_place_beyond_the_first_page_is_reached_and_left_both_ways(client, ana, ben):
    make_follow(ana, ben)
    written = write(ben, 20)
    log_in(client, ana)
    read_to(ana, written[4])
    first = get_page(client, "/index")
    assert headings(first) == ["5+ new posts"]
    assert first.all("button", form="reading")[0].text == "Mark all as read"
    assert jump(first) == f"/index?after={written[4].id - 1}#place"

    there = get_page(client, jump(first).removesuffix("#place"))
    assert shown(there) == [post.id for post in reversed(written[4:9])]
    assert headings(there) == ["You are caught up"]
    assert "Mark 4 posts as read" in there.text
    older = get_page(client, link(there, "next"))
    assert shown(older) == [post.id for post in reversed(written[:4])]
    assert headings(older) == []
    newer = get_page(client, link(there, "prev"))
    assert shown(newer) == [post.id for post in reversed(written[9:14])]
    # And at the head of a page, for whoever reads upward.
    (up,) = [one for one in there.all("a", class_="link") if one.text == "Newer posts"]
    above = get_page(client, up.get("href").partition("#")[0])
    assert shown(above) == [post.id for post in reversed(written[8:13])]

    send(client, "/index", READ, post_id=written[8].id)
    assert jump(get_page(client, "/index")) == f"/index?after={written[8].id - 1}#place"
    send(client, "/index", READ, post_id=written[19].id)
    assert headings(get_page(client, "/index")) == ["You are caught up"]


@pytest.mark.usefixtures("five_a_page")
def test_a_place_between_two_pages_is_shown_on_both(client, ana, ben):
    make_follow(ana, ben)
    written = write(ben, 10)
    log_in(client, ana)
    read_to(ana, written[4])
    first = get_page(client, "/index")
    assert headings(first) == ["5+ new posts"]
    second = get_page(client, link(first, "next"))
    assert headings(second) == ["You are caught up"]
    assert not second.all("button", form="reading")


def test_the_place_is_where_it_was_when_its_post_is_gone(client, ana, ben):
    make_follow(ana, ben)
    written = write(ben, 4)
    log_in(client, ana)
    read_to(ana, written[1])
    db.session.delete(written[1])
    db.session.commit()
    page = get_page(client, "/index")
    assert headings(page) == ["2 new posts", "You are caught up"]


def test_home_opens_there_on_another_device_alone(app, client, ana, ben):
    make_follow(ana, ben)
    written = write(ben, 3)
    here, there = client, app.test_client()
    log_in(here, ana)
    log_in(there, ana)
    send(here, "/index", READ, post_id=written[0].id)
    assert not get_page(here, "/index").root.findall(".//a[@data-opens]")
    assert get_page(there, "/index").root.findall(".//a[@data-opens]")
    send(there, "/index", READ, post_id=written[1].id)
    assert get_page(here, "/index").root.findall(".//a[@data-opens]")


@pytest.mark.parametrize("value", ["", "0", "-1", "x", "1.5", str(2**63), "9" * 30])
def test_what_is_no_post_is_refused(client, ana, value):
    make_post(ana)
    log_in(client, ana)
    assert send(client, "/index", READ, post_id=value).status_code == 422


def test_a_place_takes_the_token_of_its_form(client, ana):
    post = make_post(ana)
    log_in(client, ana)
    assert client.post(READ, data={"post_id": post.id}).status_code in (400, 403)
    assert markers.home_marker(ana) is None
