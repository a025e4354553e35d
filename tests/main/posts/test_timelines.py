"""Home, explore, tags and the front page: what is shown, in which order, and how one pages."""

from __future__ import annotations

from itertools import chain

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.lib.dates import utcnow
from app.models import Follow, Post, User
from app.services.posts import posts
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import Page, get_page, log_in, send


def shown(page: Page) -> list[int]:
    """Ids of the posts on a page, from top to bottom."""
    return [int(post.get("id").removeprefix("post-")) for post in page.all("article")]


def link(page: Page, rel: str) -> str | None:
    found = page.all("a", rel=rel)
    assert len(found) <= 1
    return found[0].get("href") if found else None


def walk(client: FlaskClient, url: str, rel: str) -> tuple[list[list[int]], str]:
    """All pages from `url` on in one direction, and the address of the last one."""
    pages = []
    while True:
        page = get_page(client, url)
        pages.append(shown(page))
        following = link(page, rel)
        if following is None:
            return pages, url
        url = following


@pytest.fixture
def five_a_page(app):
    app.config["POSTS_PER_PAGE"] = 5


def test_home_shows_mine_and_those_i_follow_newest_first_and_nobody_else(client, ana, ben, cleo):
    make_follow(ana, ben)
    make_follow(ben, ana)
    make_follow(ben, cleo)
    written = [make_post(author) for author in (ana, ben, cleo, ben, ana)]
    gone = make_post(ben, "Deleted")
    posts.delete(gone)
    db.session.commit()
    log_in(client, ana)
    mine = [post.id for post in reversed(written) if post.author_id != cleo.id]
    assert shown(get_page(client, "/index")) == mine
    assert shown(get_page(client, "/")) == mine
    assert [post.id for post in ana.following_posts()] == mine


def test_a_closed_account_disappears_from_every_list(client, ana, ben):
    make_follow(ana, ben)
    make_post(ben, "Goodbye #all")
    ben.closed_at = utcnow()
    db.session.commit()
    log_in(client, ana)
    for url in ("/index", "/explore", "/tag/all"):
        assert shown(get_page(client, url)) == []
    get_page(client, "/user/ben", 404)
    get_page(client, "/user/ben/popup", 404)


def test_an_empty_list_says_what_to_do(app, client, ana):
    visitor = app.test_client()
    assert "No one has posted yet" in get_page(visitor, "/").text
    log_in(client, ana)
    for url in ("/index", "/explore", "/tag/none", "/user/ana", "/user/ana/followers"):
        page = get_page(client, url)
        assert shown(page) == []
        assert page.all("*", class_="empty-state")


@pytest.mark.slow
@pytest.mark.usefixtures("five_a_page")
@pytest.mark.parametrize("url", ["/index", "/explore", "/tag/walk", "/user/ben", "/"])
@pytest.mark.parametrize("number", [0, 1, 4, 5, 6, 10, 11, 23])
def test_pages_lead_to_the_end_and_back_without_gap_or_double(client, ana, ben, url, number):
    make_follow(ana, ben)
    expected = [make_post(ben, f"{n} #walk").id for n in range(number)][::-1]
    log_in(client, ana)
    pages, last = walk(client, url, "next")
    assert list(chain(*pages)) == expected
    assert all(len(page) == 5 for page in pages[:-1])
    back, first = walk(client, last, "prev")
    if number:
        assert back[-1] == pages[0]
        assert {post for page in back for post in page} == set(expected)
    if number % 5 == 0:
        assert list(chain(*reversed(back))) == expected
    assert walk(client, first, "next")[0][0] == pages[0]


@pytest.mark.usefixtures("five_a_page")
def test_pages_stay_right_while_posts_arrive_and_go(client, ana, ben):
    make_follow(ana, ben)
    written = [make_post(ben, str(n)) for n in range(12)]
    log_in(client, ana)
    first = get_page(client, "/index")
    new = make_post(ben, "new")
    posts.delete(written[6])
    db.session.commit()
    second = get_page(client, link(first, "next"))
    assert shown(second) == [post.id for post in reversed(written[1:7]) if post != written[6]]
    third = get_page(client, link(second, "next"))
    assert shown(third) == [written[0].id]
    assert link(third, "next") is None
    back = get_page(client, link(second, "prev"))
    # The nearest five newer ones; one more has arrived, so there is a still newer page.
    assert shown(back) == [post.id for post in reversed(written[7:12])]
    assert shown(get_page(client, link(back, "prev")))[0] == new.id


@pytest.mark.usefixtures("five_a_page")
def test_numbered_pages_still_work_and_continue_by_id(client, ben):
    ids = [make_post(ben).id for _ in range(12)][::-1]
    assert shown(get_page(client, "/explore?page=1")) == ids[:5]
    second = get_page(client, "/explore?page=2")
    assert shown(second) == ids[5:10]
    assert shown(get_page(client, link(second, "next"))) == ids[10:]
    assert shown(get_page(client, link(second, "prev"))) == ids[:5]
    assert shown(get_page(client, "/explore?page=40")) == []


BAD = ["0", "-1", "1.5", "1e3", "abc", "", " 1", "+1", "１２", "9" * 20, "9" * 500, "0x1", "1_0"]


@pytest.mark.parametrize("name", ["page", "before", "after"])
@pytest.mark.parametrize("value", [*BAD, "9223372036854775808"])
def test_a_cursor_that_is_none_is_a_404(client, name, value):
    for url in ("/explore", "/", "/tag/a"):
        assert client.get(url, query_string={name: value}).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("url", ["/explore", "/index", "/user/ben", "/user/ben/followers"])
def test_cursors_past_either_end_are_empty_or_the_first_page(client, ana, ben, url):
    make_follow(ana, ben)
    post = make_post(ben)
    log_in(client, ana)
    most = 2**63 - 1
    assert shown(get_page(client, f"{url}?before=1")) == []
    for query in (f"before={most}", f"after={most}", "after=1", f"before={most}&after=1"):
        page = get_page(client, f"{url}?{query}")
        assert shown(page) == ([] if "followers" in url else [post.id])
    assert client.get(f"{url}?page=41").status_code == 404


@pytest.mark.slow
def test_home_works_for_whoever_follows_more_than_sqlite_can_unite(client, ana):
    followed = [make_user().id for _ in range(501)]
    rows = [{"follower_id": ana.id, "followed_id": person} for person in followed]
    db.session.execute(sa.insert(Follow), rows)
    written = [{"author_id": person, "body": "Hi", "html": "Hi"} for person in followed]
    made = sa.insert(Post).returning(Post.id, sort_by_parameter_order=True)
    ids = list(db.session.scalars(made, written))[::-1]
    db.session.commit()
    log_in(client, ana)
    assert shown(get_page(client, "/index?page=20")) == ids[475:500]
    assert shown(get_page(client, "/index?page=21")) == ids[500:]


TAGS = {
    "Café": "café",
    "CAFE\u0301": "café",
    "Straße": "strasse",
    "ＡＢＣ": "abc",
    "東京": "東京",
    "हिन्दी": "हिन्दी",
    "İstanbul": "i̇stanbul",
}


@pytest.mark.parametrize(("written", "key"), TAGS.items())
def test_a_tag_has_one_page_whatever_its_spelling(client, ben, written, key):
    post = make_post(ben, f"Look: #{written}!")
    response = client.get(f"/tag/{written}")
    if response.status_code != 200:
        assert response.status_code == 301
        assert client.get(response.location).status_code == 200
    page = get_page(client, f"/tag/{key}")
    assert shown(page) == [post.id]
    assert f"#{key}" in page.text
    hrefs = [a.get("href") for a in page.all("a", class_="tag")]
    assert shown(get_page(client, hrefs[0])) == [post.id]


@pytest.mark.parametrize("name", ["!", "%20", "a" * 51, "%F0%9F%99%82", "%00x", "..", "%ff"])
def test_what_is_no_tag_has_no_page(client, name):
    assert client.get(f"/tag/{name}").status_code in (301, 308, 400, 404)
    assert client.get(f"/tag/{name}", follow_redirects=True).status_code in (400, 404)


def test_visitors_get_the_front_page_without_a_cookie_and_may_keep_it(client, ben):
    make_post(ben, "Readable by all")
    for url in ("/", "/explore", "/user/ben", "/tag/x", "/user/ben/followers"):
        page = get_page(client, url)
        headers = page.response.headers
        assert "Set-Cookie" not in headers
        assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert "Cookie" in headers["Vary"]
        again = client.get(url, headers={"If-None-Match": headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    make_post(ben, "Something new")
    assert client.get("/", headers={"If-None-Match": headers["ETag"]}).status_code == 200


def test_pages_of_members_are_kept_by_nobody(client, ana):
    log_in(client, ana)
    for url in ("/", "/index", "/explore", "/user/ana"):
        response = client.get(url, headers={"If-None-Match": "*"})
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


def test_a_closed_site_shows_visitors_only_the_way_in(app, client, ana):
    app.config["PUBLIC_READING"] = False
    post = make_post(ana, "Not for visitors")
    for url in ("/", "/explore", "/user/ana", "/user/ana/popup", f"/post/{post.id}", "/tag/a"):
        response = client.get(url)
        assert response.status_code == 302
        assert response.location.startswith("/auth/login?next=/")
        assert b"Not for visitors" not in response.data
    log_in(client, ana)
    assert shown(get_page(client, "/explore")) == [post.id]


def test_a_visitor_who_posts_is_led_to_sign_in(client, ana):
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    for url in ("/", "/index"):
        response = client.post(url, data={"csrf_token": token, "post": "Hello"})
        assert (response.status_code, response.location) == (302, "/auth/login")
    assert db.session.get(User, ana.id).posts_count == 0


def test_home_says_when_there_is_nothing_older(client: FlaskClient, ana: User, app) -> None:
    app.config["POSTS_PER_PAGE"] = 2
    posts_of_ana = [make_post(ana, f"Post {number}") for number in range(3)]
    log_in(client, ana)
    assert "nothing older" not in get_page(client, "/index").text
    assert "nothing older" in get_page(client, f"/index?before={posts_of_ana[1].id}").text


def test_a_poll_says_how_many_posts_came_to_an_open_home(client: FlaskClient, ana, ben) -> None:
    make_follow(ana, ben)
    seen, stranger = make_post(ben), make_user()
    for author in (ben, ana, stranger):
        make_post(author)
    log_in(client, ana)
    answer = client.get(f"/notifications?posts_after={seen.id}")
    assert {"name": "new_post_count", "data": 2, "timestamp": 0.0} in answer.json
    for odd in ("x", "-1", "0", "9" * 30):
        assert client.get(f"/notifications?posts_after={odd}").status_code == 404


def steps(page: Page) -> str | None:
    """What the card for new members says, if it is there."""
    found = page.all("section", class_="first-steps")
    return " ".join("".join(found[0].itertext()).split()) if found else None


def test_a_new_member_follows_people_at_home_and_comes_back_to_the_rest(client, ana):
    others = [make_user(f"other{n}", about_me="Hello") for n in range(5)]
    log_in(client, ana)
    for path in ("/", "/index"):
        page = get_page(client, path)
        assert all(words in (steps(page) or "") for words in ("People here", "Say hello"))
        assert page.all("a", href="/people") and page.all("a", href="/settings/profile")
        assert page.all("a", href="/index#composer-post")
    for number, other in enumerate(others):
        page = get_page(client, "/index")
        rows = page.all("li", class_="person")
        assert len(rows) == 5 - number and len(page.statements) <= 6
        assert page.fields(f"/follow/{other.username}")["next"] == "/index"
        assert send(client, "/index", f"/follow/{other.username}").location == "/index"
    assert "Say hello" in (steps(get_page(client, "/index")) or "")
    send(client, "/index", post="Hello everybody")
    page = get_page(client, "/index")
    assert steps(page) is None
    assert not any("followers_count DESC" in statement for statement in page.statements)


def test_first_steps_stand_on_the_first_page_alone_and_not_before_they_can_be_taken(
    app, client, ana, ben
):
    app.config["POSTS_PER_PAGE"] = 1
    for number in range(2):
        make_post(ana, str(number))
    log_in(client, ana)
    page = get_page(client, "/index")
    assert "People here" in (steps(page) or "")
    assert steps(get_page(client, link(page, "next"))) is None
    ana.email_verified_at = None
    db.session.commit()
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    assert steps(get_page(client, "/index")) is None


def test_visitors_see_who_is_here_and_how_many(app, client, ana, ben):
    app.extensions.pop("totals", None)
    make_user("new", email_verified_at=None)
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    for number in range(2):
        make_post(ben, str(number))
    page = get_page(client, "/", statements=3)
    (faces,) = page.all("ul", class_="faces")
    found = [link.get("href") for link in faces.iter("a")]
    assert found == ["/user/ben", "/user/ana"]
    assert "2 people · 2 posts" in page.text
    app.config["POSTS_PER_PAGE"] = 1
    older = get_page(client, link(get_page(client, "/", statements=3), "next"))
    assert not older.all("ul", class_="faces")
    app.config["PUBLIC_READING"] = False
    assert client.get("/").location.startswith("/auth/login")


def test_whoever_starts_a_site_is_told_that_no_one_else_is_here_yet(app, client, ana):
    log_in(client, ana)
    home = get_page(client, "/index")
    assert "You're the first one here" in home.text
    assert "Tell others the address of this site." in home.text
    assert "Find people" not in home.text
    app.config["REGISTRATION"] = "closed"
    assert "When others join, you can follow them here." in get_page(client, "/index").text
    make_user("ben")
    assert "You're the first one here" not in get_page(client, "/index").text


def test_finding_people_leads_to_people(client, ana, ben):
    log_in(client, ana)
    for url in ("/user/ana/following", "/index"):
        (button,) = [a for a in get_page(client, url).all("a") if a.text == "Find people"]
        assert button.get("href") == "/people"
        # With no one else to follow, home suggests nobody itself.
        make_follow(ana, ben)


def test_explore_shows_the_tags_in_use_on_its_first_page_alone(app, client, ben):
    app.config["POSTS_PER_PAGE"] = 2
    assert not get_page(client, "/explore").all("*", class_="tags-in-use")
    last = [make_post(ben, f"Number {number} #Fair").id for number in range(3)][-1]
    (section,) = get_page(client, "/explore").all("*", class_="tags-in-use")
    assert [link.get("href") for link in section.iter("a")] == ["/tag/fair"]
    assert not get_page(client, f"/explore?before={last}").all("*", class_="tags-in-use")
