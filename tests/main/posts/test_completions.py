"""Names and tags that a script offers while somebody types."""

from __future__ import annotations

import re

import pytest

from app import db
from app.services.community import blocks, tag_follows
from app.services.posts import completions
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import log_in


@pytest.fixture
def browser(client, ana):
    log_in(client, ana)
    return client


def options(browser, start: str) -> list[str]:
    answer = browser.get("/complete", query_string={"start": start})
    assert answer.status_code == 200
    return re.findall(r'data-text="([^"]+)"', answer.text)


def test_people_are_offered_by_username_and_by_name_whom_one_follows_first(browser, ana):
    for name, display_name in (("orla", "Zita Orla"), ("omar", ""), ("zed", "Orlando")):
        make_user(name, display_name=display_name)
    follow = make_user("orson")
    make_follow(ana, follow)
    assert options(browser, "@o")[0] == "@orson"
    assert set(options(browser, "@o")) == {"@orson", "@orla", "@omar", "@zed"}
    assert set(options(browser, "@OR")) == {"@orson", "@orla", "@zed"}
    assert options(browser, "＠omar") == ["@omar"]
    # Not oneself, and never everybody.
    assert options(browser, "@ana") == [] and options(browser, "@") == []
    assert options(browser, "@%") == [] and options(browser, "@_") == []


def test_only_people_whom_one_may_see_are_offered(browser, ana, ben, cleo):
    assert set(options(browser, "@c") + options(browser, "@b")) == {"@ben", "@cleo"}
    blocks.block(ben, ana)
    cleo.is_discoverable = False
    db.session.commit()
    assert options(browser, "@ben") == options(browser, "@cleo") == []
    # Whoever is in no list is offered to those who follow them.
    make_follow(ana, cleo)
    assert options(browser, "@cleo") == ["@cleo"]


def test_tags_are_offered_that_one_follows_or_that_are_in_use(browser, ana, ben):
    make_post(ben, "Fresh #bread and #butter")
    tag_follows.follow(ana, "brewing")
    db.session.commit()
    assert options(browser, "#br") == ["#brewing", "#bread"]
    assert options(browser, "#BU") == ["#butter"]
    assert options(browser, "#nothing") == [] == options(browser, "#")


def test_six_are_enough_and_a_text_is_no_start(browser):
    for number in range(10):
        make_user(f"twin{number}")
    assert len(options(browser, "@twin")) == completions.SHOWN_MAX
    assert options(browser, "twin") == [] == options(browser, "")


def test_typing_fast_is_fine_but_nobody_reads_the_whole_directory(app, browser):
    app.config["RATELIMIT_ENABLED"] = True
    statuses = [browser.get("/complete?start=@x").status_code for _ in range(121)]
    assert statuses == [200] * 120 + [429]
