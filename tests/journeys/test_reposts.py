"""Somebody reposts: their followers find it in home, its author hears of it, and it is undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app import db
from app.models import Post, User
from app.services.posts import reposts
from tests.journeys.conftest import Person, Site
from tests.journeys.test_conversations import SIZES, write
from tests.journeys.test_places import leave, place_of
from tests.support.factories import make_follow, make_post, make_user
from tests.support.waiting import eventually

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


@pytest.mark.parametrize("size", SIZES)
def test_a_repost_reaches_home_and_is_taken_back(
    new_member: Open, scripts: bool, size: str
) -> None:
    end = f"{size}_{'s' if scripts else 'n'}"
    ines, juan, kira = (
        new_member(f"{name}_rp_{end}", scripts=scripts, viewport=SIZES[size])
        for name in ("ines", "juan", "kira")
    )
    text = f"The ferry runs again, {end}."
    write(ines, text)
    kira.visit(f"/user/juan_rp_{end}")
    kira.press(f"Follow juan_rp_{end}")

    juan.visit("/explore")
    card = juan.page.locator("article", has_text=text)
    card.locator(".act-repost").click()
    card.locator(".act-repost[aria-pressed=true]").wait_for()
    assert card.locator(".act-repost").inner_text().strip() == "1"
    assert juan.page.url.endswith("/explore") is scripts

    kira.visit("/index")
    line = kira.page.locator(".reposted__by", has_text=f"juan_rp_{end} reposted")
    assert line.count() == 1 and kira.sees(text)
    line.get_by_role("link").click()
    kira.page.wait_for_url(f"**/user/juan_rp_{end}")
    assert kira.sees(text) and kira.sees(f"juan_rp_{end} reposted")
    # The card, its link and its acts are those of the post.
    kira.page.locator("article", has_text=text).locator("time").first.click()
    kira.page.wait_for_url("**/post/*")
    kira.follow_link("1 repost")
    assert kira.sees("People who reposted this post") and kira.sees(f"@juan_rp_{end}")

    ines.visit("/notifications/all/reposts")
    assert ines.sees(f"juan_rp_{end} reposted your post")
    card.locator(".act-repost").click()
    card.locator(".act-repost[aria-pressed=false]").wait_for()
    ines.visit("/notifications/all/reposts")
    assert ines.lacks("reposted your post")
    kira.visit("/index")
    assert kira.lacks(text)


def test_a_repost_by_keyboard(new_member: Open) -> None:
    lea, nell = new_member("lea_repost"), new_member("nell_repost")
    write(lea, "Boats for hire, keys.")
    nell.visit("/explore")
    card = nell.page.locator("article", has_text="Boats for hire, keys.")
    # The script of the keys is there once the help is.
    nell.wait_until("document.querySelector('[data-behavior~=keyboard]')")
    card.locator(".act-reply").focus()
    for pressed in ("true", "false"):
        nell.page.keyboard.press("t")
        card.locator(f".act-repost[aria-pressed={pressed}]").wait_for()
    card.locator(".act-repost").focus()
    nell.page.keyboard.press("Space")
    card.locator(".act-repost[aria-pressed=true]").wait_for()
    # The new button has the focus of the old one.
    assert nell.page.locator("*:focus").get_attribute("class") == "act-repost act--fresh"


def test_home_remembers_a_repost_by_its_own_place(new_member: Open, site: Site) -> None:
    reader = new_member("rhea_reads")
    with site.app.app_context():
        friend, other = make_user("rhea_friend"), make_user("rhea_other")
        make_follow(db.session.scalars(User.named("rhea_reads")).one(), friend)
        old = make_post(other, "Written long ago, for Rhea.")
        make_post(friend, "Written since, for Rhea.")
        reposts.repost(friend, old)
        db.session.commit()
        newest = db.session.scalar(sa.select(Post.id).where(Post.repost_of_id == old.id))
    reader.visit("/index")
    first = reader.page.locator("article.post").first
    assert "Written long ago" in first.inner_text()
    first.scroll_into_view_if_needed()
    leave(reader)
    assert eventually(lambda: place_of(site, "rhea_reads") == newest)
    # Nothing is new at the next visit.
    reader.visit("/index")
    assert reader.lacks("new post")
