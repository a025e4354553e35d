"""Choosing whom to write to, by name, without scripts."""

from __future__ import annotations

from urllib.parse import quote

from app import db
from app.services.accounts import accounts
from app.services.messages import recipients
from tests.support.factories import make_follow, make_message, make_user
from tests.support.pages import get_page, log_in

NEW = "/messages/new"


def links(page) -> list[str]:
    """The conversations that the rows of the page open."""
    return [link.get("href") for link in page.all("a", class_="item--link")]


def note(page) -> str:
    return "".join(found.text or "" for found in page.all("p", id="search-notes"))


def test_the_list_of_conversations_leads_to_a_new_message(client, ana, ben):
    log_in(client, ana)
    assert NEW in [link.get("href") for link in get_page(client, "/messages").all("a")]
    make_message(ben, ana)
    page = get_page(client, "/messages")
    assert NEW in [link.get("href") for link in page.all("a", class_="page-head__action")]


def test_a_username_opens_the_conversation_at_once(client, ana, ben):
    log_in(client, ana)
    assert get_page(client, NEW).fields(NEW) == {"to": ""}
    for text in ("ben", "@Ben", " BEN "):
        assert client.get(f"{NEW}?to={quote(text)}").location == "/messages/ben#latest"
    accounts.rename(make_user("rosa"), "carla")
    db.session.commit()
    assert client.get(f"{NEW}?to=rosa").location == "/messages/carla#latest"


def test_ones_own_name_leads_to_notes_to_oneself(client, ana):
    log_in(client, ana)
    assert links(get_page(client, NEW)) == ["/messages/ana#latest"]
    assert client.get(f"{NEW}?to=ana").location == "/messages/ana#latest"


def test_a_name_shows_who_it_could_be(client, ana):
    make_user("rosa1", display_name="Rosa Barker")
    make_user("rosa2", display_name="Rosa Quinn")
    log_in(client, ana)
    page = get_page(client, f"{NEW}?to=rosa")
    assert sorted(links(page)) == ["/messages/rosa1#latest", "/messages/rosa2#latest"]
    assert page.fields(NEW) == {"to": "rosa"}
    assert links(get_page(client, f"{NEW}?to=Rosa+Quinn")) == ["/messages/rosa2#latest"]


def test_whoever_takes_no_messages_is_shown_without_a_link(client, ana, ben):
    make_user("rosa1", display_name="Rosa Barker", messages_from="nobody")
    friend = make_user("rosa2", display_name="Rosa Quinn", messages_from="followed")
    make_follow(friend, ana)
    log_in(client, ana)
    page = get_page(client, f"{NEW}?to=rosa")
    assert links(page) == ["/messages/rosa2#latest"]
    assert page.text.count("Doesn't accept messages from you") == 1
    page = get_page(client, f"{NEW}?to=rosa1")
    assert note(page) == "Rosa Barker doesn't accept messages from you."
    assert client.get(f"{NEW}?to=rosa2").location == "/messages/rosa2#latest"


def test_nobody_found_and_nothing_written_are_said_under_the_field(client, ana, ben):
    accounts.close(ben)
    log_in(client, ana)
    for name in ("nobodyhere", "ben", "after:foo", "<b>", "~1", "x" * 300):
        page = get_page(client, f"{NEW}?to={quote(name)}")
        assert note(page) == f"There's no one here called {name[:200]}."
        [field] = page.all("input", id="to")
        assert field.get("aria-describedby") == "search-notes"
    assert note(get_page(client, f"{NEW}?to=%20")) == "Enter a name first."
    assert note(get_page(client, NEW)) == ""


def test_people_one_follows_are_offered_first(client, ana, ben, cleo):
    make_follow(ana, ben)
    make_follow(ana, cleo)
    log_in(client, ana)
    assert links(get_page(client, NEW))[:2] == ["/messages/cleo#latest", "/messages/ben#latest"]


def test_a_long_list_is_cut_and_says_so(client, ana, monkeypatch):
    monkeypatch.setattr(recipients, "SHOWN_MAX", 2)
    for number in range(3):
        make_user(f"rosa{number}", display_name="Rosa Barker")
    log_in(client, ana)
    page = get_page(client, f"{NEW}?to=rosa")
    assert len(links(page)) == 2
    assert "There are more. Type more of the name." in page.text
    assert "There are more" not in get_page(client, f"{NEW}?to=ana+duarte").text


def test_looking_for_people_is_limited_as_a_search(app, client, ana):
    log_in(client, ana)
    app.config["RATELIMIT_ENABLED"] = True
    statuses = [client.get(f"{NEW}?to=nobodyhere").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
