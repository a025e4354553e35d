"""What home shows beside posts, through its menu and the menu of a profile."""

from __future__ import annotations

import pytest

from app import db
from app.models import Follow
from app.services.community import home_choices
from tests.support.factories import make_follow, make_post
from tests.support.pages import Page, get_page, log_in

PARTS = ("reposts", "replies")


def choices(page: Page) -> list[str]:
    """The labels of the buttons that change what home shows."""
    acts = [f"/{act}/{part}" for act in ("show", "hide") for part in PARTS]
    return [
        "".join(button.itertext()).strip()
        for button in page.all("button")
        if button.get("formaction", "").endswith(tuple(acts))
    ]


@pytest.mark.parametrize("part", PARTS)
def test_home_leaves_out_a_part_and_shows_it_again(client, ana, part):
    log_in(client, ana)
    page = get_page(client, "/index")
    assert choices(page) == ["Hide reposts", "Hide replies"]
    hide, show = f"/index/hide/{part}", f"/index/show/{part}"
    assert client.post(hide, data=page.fields(hide)).location == "/index"
    page = get_page(client, "/index")
    assert f"{part.capitalize()} no longer appear on your home page." in page.text
    assert f"Show {part}" in choices(page)
    # The notice has a button for it too.
    client.post(show, data=page.fields(show))
    page = get_page(client, "/index")
    assert f"{part.capitalize()} now appear on your home page." in page.text
    assert choices(page) == ["Hide reposts", "Hide replies"]


@pytest.mark.parametrize("part", PARTS)
def test_the_menu_of_somebody_followed_does_so_for_them(client, ana, ben, part):
    make_follow(ana, ben)
    log_in(client, ana)
    page = get_page(client, "/user/ben")
    assert choices(page) == ["Hide their reposts", "Hide their replies"]
    hide, show = f"/user/ben/hide/{part}", f"/user/ben/show/{part}"
    assert client.post(hide, data=page.fields(hide)).location == "/user/ben"
    page = get_page(client, "/user/ben")
    text = {
        "reposts": "Reposts by Ben Ortega no longer appear on your home page.",
        "replies": "Replies by Ben Ortega no longer appear on your home page.",
    }
    assert text[part] in page.text
    assert f"Show their {part}" in choices(page)
    row = db.session.scalars(db.select(Follow)).one()
    assert getattr(row, f"shows_{part}") is False
    client.post(show, data=page.fields(show))
    assert choices(get_page(client, "/user/ben")) == [
        "Hide their reposts",
        "Hide their replies",
    ]


def test_a_profile_has_no_choice_that_would_change_nothing(client, ana, ben, cleo):
    make_follow(ana, ben)
    home_choices.choose(ana, "reposts", is_shown=False)
    db.session.commit()
    log_in(client, ana)
    assert choices(get_page(client, "/user/ben")) == ["Hide their replies"]
    assert choices(get_page(client, "/user/cleo")) == []


def test_whoever_was_unfollowed_meanwhile_is_said_to_be(client, ana, ben):
    make_follow(ana, ben)
    log_in(client, ana)
    page = get_page(client, "/user/ben")
    ana.unfollow(ben)
    db.session.commit()
    hide = "/user/ben/hide/replies"
    assert client.post(hide, data=page.fields(hide)).location == "/user/ben"
    assert "You don't follow this person anymore." in get_page(client, "/user/ben").text


def test_other_acts_and_parts_are_no_address(client, ana):
    log_in(client, ana)
    for path in ("/index/drop/reposts", "/index/hide/likes"):
        assert client.post(path).status_code == 404


def test_what_others_reply_is_left_out_of_the_page(client, ana, ben, cleo):
    for other in (ben, cleo):
        make_follow(ana, other)
    make_post(ben, "I do.", reply_to=make_post(cleo, "Who has a ladder?"))
    home_choices.choose_of(ana, ben, "replies", is_shown=False)
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/index")
    assert "Who has a ladder?" in page.text and "I do." not in page.text
