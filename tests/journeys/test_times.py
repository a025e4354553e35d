"""Relative times: the script says what the server said, and keeps it current."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import html5lib
import pytest

from app.lib.dates import utcnow
from tests.journeys.conftest import Person, Site
from tests.support.factories import make_post, make_user

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
LANGUAGES = ("en", "es", "zh")
RENDERED = "!document.querySelector('time.flask-moment')"
# Away from the ends of a unit, so that both look at the same side of it.
AGES = (
    *(timedelta(seconds=seconds) for seconds in (-300, 0, 30, 80, 150)),
    *(timedelta(minutes=minutes, seconds=20) for minutes in (5, 21, 59, 60, 119)),
    *(timedelta(hours=hours, minutes=40) for hours in (2, 5, 21, 23, 25, 35, 47, 72)),
    *(timedelta(days=days, hours=22) for days in (4, 5, 6, 7, 40, 500)),
)


@pytest.fixture
def timeline(site: Site) -> str:
    """The profile of somebody whose posts have all AGES now, newest first."""
    with site.app.app_context():
        ana = make_user()
        now = utcnow()
        for age in reversed(AGES):
            make_post(ana, created_at=now - age)
        return f"/user/{ana.username}"


def open_timeline(new_person: Open, site: Site, path: str, language: str, **options: Any) -> Person:
    """The page as somebody reads it who has chosen `language`."""
    person = new_person(**options)
    cookie = {"name": "language", "value": language, "url": site.url}
    person.context.add_cookies([cookie])  # type: ignore[list-item]
    person.visit(path)
    assert person.page.locator("html").get_attribute("lang") == language
    return person


def shown(person: Person) -> list[str]:
    return person.page.locator("article time").all_inner_texts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_says_what_the_server_said(
    new_person: Open, site: Site, timeline: str, language: str
) -> None:
    reader = open_timeline(new_person, site, timeline, language)
    # The server's words and the script's, of one and the same answer.
    with reader.page.expect_response(lambda answer: answer.url.endswith(timeline)) as answer:
        reader.page.reload()
    root = html5lib.parse(answer.value.text(), namespaceHTMLElements=False)
    written = ["".join(time.itertext()) for time in root.iterfind(".//article//time")]
    assert len(written) == len(AGES)
    reader.wait_until(RENDERED)
    assert shown(reader) == written
    assert reader.page.evaluate("moment.locale()") == {"zh": "zh-cn"}.get(language, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "just now",
                "1 minute ago",
                r"\d+ minutes ago",
                "1 hour ago",
                "5 hours ago",
                "5 days ago",
            ],
        ),
        (
            "es",
            [
                "ahora mismo",
                "hace 1 minuto",
                r"hace \d+ minutos",
                "hace 1 hora",
                "hace 5 horas",
                "hace 5 días",
            ],
        ),
        ("zh", ["刚刚", "1分钟前", r"\d+分钟前", "1小时前", "5小时前", "5天前"]),
    ],
)
def test_times_read_right_without_scripts(
    new_person: Open, site: Site, timeline: str, language: str, words: list[str]
) -> None:
    reader = open_timeline(new_person, site, timeline, language, scripts=False)
    times = "\n".join(shown(reader))
    assert all(re.search(f"^{word}$", times, re.MULTILINE) for word in words), times
    assert reader.page.locator("article time").first.get_attribute("title")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "1 hour ago"), ("es", "hace 1 hora"), ("zh", "1小时前")]
)
def test_an_open_page_stays_current_and_dates_stay(
    new_person: Open, site: Site, timeline: str, language: str, words: str
) -> None:
    reader = open_timeline(new_person, site, timeline, language)
    reader.page.clock.install()
    reader.page.reload()
    reader.wait_until(RENDERED)
    before = shown(reader)
    reader.page.clock.fast_forward(70 * 60 * 1000)
    after = shown(reader)
    assert after[AGES.index(timedelta(0))] == words != before[AGES.index(timedelta(0))]
    dates = [index for index, age in enumerate(AGES) if age > timedelta(days=7)]
    assert [after[index] for index in dates] == [before[index] for index in dates]


def test_a_slow_clock_does_not_make_posts_come_from_the_future(
    new_person: Open, site: Site, timeline: str
) -> None:
    reader = open_timeline(new_person, site, timeline, "en")
    reader.page.clock.install(time=utcnow() - timedelta(hours=30))
    reader.page.reload()
    reader.wait_until(RENDERED)
    assert shown(reader)[:10] == ["just now"] * 10
