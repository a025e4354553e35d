"""People: profile, hover card, lists, pictures, and the names that lead to them."""

from __future__ import annotations

from datetime import timedelta
from hashlib import md5, sha1, sha256
from itertools import chain
from xml.etree import ElementTree as ET

import html5lib
import pytest

from app import db
from app.lib.dates import utcnow
from app.services.accounts import accounts, users
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import check_headers, counted_statements, get_page, log_in

PATHS = ["", "/followers", "/following", "/popup"]


def popup(client, username):
    """The hover card, read as the part of a page that it is."""
    with counted_statements() as ran:
        response = client.get(f"/user/{username}/popup")
    assert response.status_code == 200
    check_headers(response)
    assert len(ran) <= 3
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    fragment = parser.parseFragment(response.get_data(as_text=True))
    return fragment, " ".join("".join(fragment.itertext()).split())


def test_what_people_say_about_themselves_has_links(client, ana, ben):
    ana.about_me = "Bakes <b>bread</b> with @Ben and @nobody. #bread\n\nhttps://example.org/bread"
    db.session.commit()
    page = get_page(client, "/user/ana")
    links = {
        link.get("href") for about in page.all("div", class_="about") for link in about.iter("a")
    }
    assert links == {"/user/ben", "/tag/bread", "https://example.org/bread"}
    fragment, shown = popup(client, "ana")
    assert {"/user/ben", "/tag/bread"} <= {link.get("href") for link in fragment.iter("a")}
    assert "Bakes <b>bread</b> with @Ben and @nobody." in shown


@pytest.mark.parametrize("kind", ["followers", "following"])
def test_lists_that_are_private_are_for_their_owner_alone(client, ana, ben, cleo, kind):
    make_follow(ana, ben)
    make_follow(ben, cleo)
    ben.hides_follows = True
    db.session.commit()
    for person in (None, ana):
        if person is not None:
            log_in(client, person)
        page = get_page(client, f"/user/ben/{kind}")
        assert "This list is private" in page.text
        assert not page.all("ul", class_="people")
        # How many there are is on the tabs.
        assert "Following 1 Followers 1" in page.text
    # Others' lists are theirs.
    assert get_page(client, "/user/cleo/followers").all("a", href="/user/ben")
    other = client.application.test_client()
    log_in(other, ben)
    assert get_page(other, f"/user/ben/{kind}").all("ul", class_="people")


def test_a_profile_says_who_somebody_is(client, ana, ben):
    ana.about_me = "Bakes <b>bread</b>."
    ana.last_seen = utcnow().replace(2026, 3, 1, 12, 34)
    ana.created_at = utcnow().replace(2025, 1, 31)
    make_post(ana, "Fresh bread")
    make_follow(ben, ana)
    page = get_page(client, "/user/ana")
    assert [h1.text for h1 in page.all("h1")] == ["Ana Duarte"]
    for words in ("@ana", "Bakes <b>bread</b>.", "Fresh bread", "Joined January 2025"):
        assert words in page.text
    for words in ("Posts 1", "Followers 1", "Following 0", "Last seen on March 1, 2026"):
        assert words in page.text
    assert "12:34" not in page.text


def test_whoever_hides_when_they_were_seen_is_not_seen(client, ana):
    ana.last_seen, ana.shows_last_seen = utcnow(), False
    db.session.commit()
    assert "Last seen on" not in get_page(client, "/user/ana").text
    assert "Last seen on" not in popup(client, "ana")[1]


def test_ones_own_profile_leads_to_the_settings_and_others_have_a_button(client, ana, ben):
    log_in(client, ana)
    page = get_page(client, "/user/ana")
    assert page.all("a", href="/settings/profile")
    assert not page.all("form", action="/follow/ana")
    page = get_page(client, "/user/ben")
    assert not page.all("main")[0].findall(".//a[@href='/settings/profile']")
    assert page.all("form", action="/follow/ben")


def test_a_hover_card_is_a_small_profile(client, ana, ben):
    make_post(ben)
    make_follow(ana, ben)
    log_in(client, ana)
    fragment, text = popup(client, "ben")
    for words in ("Ben Ortega", "@ben", "1 post", "1 follower"):
        assert words in text
    assert [form.get("action") for form in fragment.iter("form")] == ["/unfollow/ben"]
    assert list(popup(client, "ana")[0].iter("form")) == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_name_in_another_case_leads_to_the_name_as_its_owner_writes_it(client, path, method):
    make_user("Ana_B")
    for name in ("ana_b", "ANA_B"):
        response = client.open(f"/user/{name}{path}", method=method)
        assert (response.status_code, response.location) == (302, f"/user/Ana_B{path}")
    assert client.open(f"/user/Ana_B{path}", method=method).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_former_name_leads_to_the_new_one(client, ana, path):
    accounts.rename(ana, "anna")
    db.session.commit()
    assert client.get(f"/user/ANA{path}").location == f"/user/anna{path}"
    query = "before=5&_external=1&username=x&path=%26"
    assert client.get(f"/user/ana{path}?{query}").location == f"/user/anna{path}?{query}"
    accounts.rename(ana, "anita")
    db.session.commit()
    for name in ("ana", "anna"):
        assert client.get(f"/user/{name}{path}").location == f"/user/anita{path}"


def test_a_former_name_rests_and_is_then_let_go(client, ana, monkeypatch):
    accounts.rename(ana, "anna")
    db.session.commit()
    later = utcnow() + timedelta(days=91)
    monkeypatch.setattr(users, "utcnow", lambda: later)
    get_page(client, "/user/ana", 404)


NOBODY = ["nobody", "a" * 1000, "%F0%9F%99%82", "ana%20", "ana%00", "%ff", "..", "ana;x", "аna"]


@pytest.mark.parametrize("name", NOBODY)
@pytest.mark.parametrize("path", [*PATHS, "/avatar.svg"])
def test_nobody_of_that_name_is_a_404(client, ana, name, path):
    assert client.get(f"/user/{name}{path}").status_code in (400, 404)


def test_the_kelvin_sign_is_not_a_k(client):
    make_user("kim")
    assert client.get("/user/\u212aim").status_code == 404


def test_lists_of_people_page_by_id_and_skip_who_left(app, client, ana):
    app.config["POSTS_PER_PAGE"] = 5
    people = [make_user(f"fan{number}") for number in range(12)]
    for person in people:
        make_follow(person, ana)
    people[3].closed_at = utcnow()
    db.session.commit()
    expected = [f"/user/fan{n}" for n in reversed(range(12)) if n != 3]
    seen, url = [], "/user/ana/followers"
    while url:
        page = get_page(client, url)
        seen.append([a.get("href") for a in page.all("a", class_="person__link")])
        last = url
        older = page.all("a", rel="next")
        url = older[0].get("href") if older else None
    assert list(chain(*seen)) == expected
    page = get_page(client, last)
    back = []
    while newer := page.all("a", rel="prev"):
        page = get_page(client, newer[0].get("href"))
        back.append([a.get("href") for a in page.all("a", class_="person__link")])
    assert list(chain(*reversed(back))) == expected[:10]


def test_the_picture_of_a_person_is_drawn_from_a_random_seed_and_kept_for_a_year(client, ana):
    page = get_page(client, "/user/ana")
    address = page.all("img")[0].get("src")
    assert address == ana.avatar(128)
    with counted_statements() as ran:
        response = client.get(address)
    assert len(ran) == 1
    check_headers(response)
    assert response.mimetype == "image/svg+xml"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in response.headers
    assert len(response.data) < 1000
    root = ET.fromstring(response.data)
    assert {element.tag.split("}")[1] for element in root.iter()} == {"svg", "path"}
    for version in ("", "?v=", "?v=other"):
        response = client.get(f"/user/ana/avatar.svg{version}")
        assert response.headers["Cache-Control"] == "public, max-age=60"


def test_the_picture_can_be_asked_for_again_without_being_sent(client, ana):
    address = ana.avatar()
    tag = client.get(address).headers.get("ETag")
    assert tag
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_people_with_the_same_address_or_name_look_different_elsewhere(app, ana, ben):
    client = app.test_client()
    assert client.get(ana.avatar()).data != client.get(ben.avatar()).data
    assert ana.username not in ana.avatar_seed
    assert not any(digest in ana.avatar() for digest in digests(ana.email))


def digests(email: str) -> set[str]:
    plain = {email, email.upper(), email.strip().lower()}
    return {make(text.encode()).hexdigest() for make in (md5, sha1, sha256) for text in plain}


def test_no_page_betrays_an_address_or_its_hash(app, client, ana, ben):
    post = make_post(ana, "Hello @ben #tag")
    make_follow(ben, ana)
    make_follow(ana, ben)
    log_in(client, ben)
    urls = ["/", "/explore", "/tag/tag", f"/post/{post.id}", f"/post/{post.id}/history"]
    urls += [f"/user/ana{path}" for path in (*PATHS, "/avatar.svg")]
    for browser in (client, app.test_client()):
        for url in urls:
            response = browser.get(url)
            whole = response.get_data(as_text=True) + str(response.headers)
            assert "example.com" not in whole
            for email in (ana.email, ben.email):
                assert not any(digest in whole.lower() for digest in digests(email)), url


def test_whoever_follows_you_is_marked(client, ana, ben, cleo):
    make_follow(ben, ana)
    make_follow(ben, cleo)
    make_follow(cleo, ben)
    log_in(client, ana)
    assert "Follows you" in get_page(client, "/user/ben").text
    assert "Follows you" in client.get("/user/ben/popup").text
    assert "Follows you" in get_page(client, "/user/cleo/following").text
    assert "Follows you" not in get_page(client, "/user/cleo").text
    assert "Follows you" not in get_page(client.application.test_client(), "/user/ben").text


def test_a_followed_persons_button_says_both_what_is_and_what_it_does(client, ana, ben):
    make_follow(ana, ben)
    log_in(client, ana)
    (button,) = get_page(client, "/user/ben").all("button", class_="follow-button")
    # What is shown and what is read aloud.
    labels = [["".join(text.itertext()) for text in part] for part in button]
    assert labels == [[word, f"{word}: {ben.name}"] for word in ("Following", "Unfollow")]
