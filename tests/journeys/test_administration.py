"""The overview and the jobs in a real browser: drawn, readable, and with buttons that do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app import db, outbox
from app.lib.dates import utcnow
from app.models import DailyFigure, Task
from app.services.site import figures
from tests.journeys.conftest import Person, Site
from tests.journeys.test_accessibility import OPTIONS
from tests.support.factories import PASSWORD

NAME = "wanda"
SIZES = {
    "phone": ({"width": 360, "height": 780}, "dark"),
    "wide": ({"width": 1440, "height": 900}, "light"),
}


@pytest.fixture(scope="module")
def administered(site: Site) -> Site:
    """The site with an administrator, figures and jobs that failed."""
    member = ("--username", NAME, "--email", f"{NAME}@example.com", "--admin")
    site.flask("user", "create", *member, answer=PASSWORD + "\n")
    with site.app.app_context():
        for days in range(1, 91):
            day = figures.today() - days * figures.DAY
            for number, kind in enumerate(figures.KINDS):
                db.session.merge(DailyFigure(day=day, kind=kind.name, value=90 - days + number))
        db.session.commit()
    return site


@pytest.fixture
def failed(administered: Site) -> Iterator[int]:
    with administered.app.app_context():
        task_id = outbox.put("of_another_version", {})
        values = {"failed_at": utcnow(), "attempts": 8, "last_error": "There is no such job."}
        db.session.execute(sa.update(Task).where(Task.id == task_id).values(values))
        db.session.commit()
        yield task_id
        db.session.execute(sa.delete(Task).where(Task.id == task_id))
        db.session.commit()


def check(person: Person) -> None:
    width = person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    found = Axe().run(person.page, options=OPTIONS)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", list(SIZES))
def test_the_overview_is_drawn_and_its_tables_open(
    new_person: Any, administered: Site, failed: int, size: str
) -> None:
    viewport, theme = SIZES[size]
    wanda = new_person(viewport=viewport, color_scheme=theme)
    wanda.sign_in(NAME)
    wanda.visit("/admin")
    assert wanda.page.get_by_role("img", name="Posts a day").count() == 1
    fill = "node => getComputedStyle(node).fill"
    assert wanda.page.locator(".chart__bar").first.evaluate(fill) != "rgb(0, 0, 0)"
    summary = wanda.page.locator("summary", has_text="As a table: Members")
    summary.focus()
    summary.press("Enter")
    expect(wanda.page.get_by_role("table", name="Members, by week")).to_be_visible()
    check(wanda)
    wanda.visit("/admin/jobs")
    check(wanda)
    wanda.visit("/admin/jobs?state=open")
    check(wanda)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_failed_job_is_dropped(
    new_person: Any, administered: Site, failed: int, scripts: bool
) -> None:
    wanda = new_person(scripts=scripts)
    wanda.sign_in(NAME)
    wanda.visit("/admin/jobs")
    wanda.press(f"Drop #{failed}")
    assert wanda.sees("The job was dropped.") and wanda.sees("No job has failed for good")


@pytest.mark.parametrize("size", list(SIZES))
def test_an_announcement_is_read_and_dismissed(
    new_person: Any, administered: Site, size: str
) -> None:
    viewport, theme = SIZES[size]
    wanda = new_person(viewport=viewport, color_scheme=theme, scripts=size == "wide")
    wanda.sign_in(NAME)
    wanda.visit("/admin/announcements")
    wanda.fill(text_en="The site **moves** on Friday.")
    wanda.press("Announce")
    assert wanda.sees("The site moves on Friday.")
    if size == "wide":
        check(wanda)
    wanda.press("End it")
    wanda.fill(text_en="Bring a friend.")
    wanda.press("Announce")
    wanda.visit("/explore")
    assert wanda.sees("Bring a friend.") and wanda.lacks("moves on Friday")
    wanda.press("Got it")
    assert wanda.page.url.endswith("/explore") and wanda.lacks("Bring a friend.")
    wanda.visit("/admin/announcements")
    wanda.press("End it")


def test_a_test_email_arrives_and_the_page_says_so(new_person: Any, administered: Site) -> None:
    wanda = new_person()
    wanda.sign_in(NAME)
    wanda.visit("/admin")
    wanda.press("Send me a test email")
    administered.mailbox.find(f"{NAME}@example.com", "emails of your site arrive")
    wanda.page.wait_for_timeout(500)
    wanda.page.reload()
    assert wanda.sees("It went out.")
