"""How one appears and reads."""

from __future__ import annotations

import pytest

from app import db
from app.models import User
from tests.support.pages import check_page, get_page, log_in, send

PROFILE, APPEARANCE, PRIVACY = "/settings/profile", "/settings/appearance", "/settings/privacy"
HOSTILE = ["{{7*7}}", "%s %(x)s", "{0.__class__}", "<script>alert(1)</script>", "'\"><img src=x>"]


def row(person: User) -> User:
    db.session.expire_all()
    return db.session.get(User, person.id)


def test_every_page_of_the_settings_is_sound(client, ana):
    log_in(client, ana)
    pages = ("", "/profile", "/account", "/account/close", "/password", "/appearance")
    for page in (*pages, "/privacy", "/notifications", "/sessions"):
        answer = get_page(client, f"/settings{page}").response
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]
    get_page(client, "/edit_profile")


@pytest.mark.parametrize("page", [PROFILE, "/edit_profile"])
def test_a_profile_is_saved_from_both_addresses(client, ana, page):
    log_in(client, ana)
    values = {"display_name": "  Ana\u00a0 D. ", "about_me": "Bread,\r\nboats."}
    response = send(client, page, PROFILE, **values)
    assert response.location == PROFILE
    assert (row(ana).display_name, row(ana).about_me) == ("Ana D.", "Bread,\nboats.")
    assert "Changes saved." in get_page(client, PROFILE).text


@pytest.mark.parametrize(("field", "most"), [("display_name", 50), ("about_me", 500)])
def test_the_longest_text_is_kept_and_one_more_is_refused(client, ana, field, most):
    log_in(client, ana)
    assert send(client, PROFILE, **{field: "🦊" * most}).status_code == 302
    assert len(getattr(row(ana), field)) == most
    response = send(client, PROFILE, **{field: "🦊" * (most + 1)})
    assert response.status_code == 422
    assert "1 character too long" in check_page(response).text


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_one_writes_about_oneself_is_text(client, ana, text):
    log_in(client, ana)
    send(client, PROFILE, display_name=text, about_me=text)
    page = get_page(client, "/user/ana")
    assert text in page.text
    assert not page.all("img", src="x")
    assert page.fields and get_page(client, PROFILE).fields(PROFILE)["display_name"] == text


def test_language_zone_and_colors_are_chosen(client, ana):
    log_in(client, ana)
    values = {"language": "es", "time_zone": "Europe/Madrid", "theme": "dark"}
    assert send(client, APPEARANCE, **values).status_code == 302
    page = get_page(client, APPEARANCE)
    assert page.root.get("lang") == "es"
    assert page.root.get("data-bs-theme") == "dark"
    assert send(client, APPEARANCE, language="").status_code == 302
    assert row(ana).language is None


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"time_zone": "Mars/Olympus"}, {"theme": "pink"}]
)
def test_a_choice_that_was_not_offered_is_refused(client, ana, wrong):
    log_in(client, ana)
    assert send(client, APPEARANCE, **wrong).status_code == 422
    assert (row(ana).language, row(ana).time_zone, row(ana).theme) == (None, None, "system")


def test_hiding_forgets_when_one_was_here_last(client, ana):
    log_in(client, ana)
    assert row(ana).last_seen is not None
    fields = get_page(client, PRIVACY).fields(PRIVACY)
    del fields["shows_last_seen"]
    client.post(PRIVACY, data=fields)
    assert row(ana).last_seen is None
    assert send(client, PRIVACY, shows_last_seen="y").status_code == 302
    assert row(ana).shows_last_seen


def test_one_may_keep_ones_lists_to_oneself_and_out_of_those_of_others(client, ana):
    log_in(client, ana)
    page = get_page(client, PRIVACY)
    assert page.fields(PRIVACY).keys() >= {"is_discoverable", "is_indexable", "shows_last_seen"}
    fields = {"hides_follows": "y", "messages_from": "nobody"}
    token = page.fields(PRIVACY)["csrf_token"]
    assert client.post(PRIVACY, data=fields | {"csrf_token": token}).status_code == 302
    saved = row(ana)
    assert (saved.hides_follows, saved.is_discoverable, saved.is_indexable) == (True, False, False)
    assert saved.messages_from == "nobody"


def test_nothing_else_of_the_account_is_set_by_a_form(client, ana):
    log_in(client, ana)
    send(client, PROFILE, role="admin", email="x@example.com", username="root", id="1")
    kept = row(ana)
    assert (kept.role.name, kept.email, kept.username) == ("member", "ana@example.com", "ana")


def test_no_page_of_others_shows_an_address(app, client, ana, ben):
    log_in(client, ben)
    for address in ("/user/ana", "/explore", "/user/ana/popup", "/user/ana/avatar.svg"):
        assert "ana@example" not in client.get(address).get_data(as_text=True)


def keys_of(page):
    """Where the page says that help for its keys is, None without."""
    frame = page.root.find(".//div[@class='frame']")
    assert (frame.get("data-behavior") == "keyboard") is (frame.get("data-keys") is not None)
    return frame.get("data-keys")


def test_keys_do_something_until_somebody_turns_them_off(client, ana):
    # Visitors could not turn them off.
    assert keys_of(get_page(client, "/explore")) is None
    log_in(client, ana)
    assert keys_of(get_page(client, "/explore")) == "/settings/keyboard"
    page = get_page(client, "/settings/keyboard")
    assert [key.text for key in page.all("kbd")] == ["j", "k", "r", "t", "l", "b", "n", "/", "?"]
    fragment = client.get("/settings/keyboard?as=fragment").text
    assert fragment.count("<kbd>") == 9 and "<html" not in fragment

    fields = get_page(client, "/settings/appearance").fields("/settings/appearance")
    assert fields.pop("uses_shortcuts") == "y"
    assert client.post("/settings/appearance", data=fields).status_code == 302
    assert keys_of(get_page(client, "/explore")) is None
    assert "You have turned them off." in get_page(client, "/settings/keyboard").text
