"""Somebody takes everything they wrote with them, scripts or not, and reads it offline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from app import db
from app.lib.dates import utcnow
from app.models import Task, User
from app.services.data import exports
from tests.journeys.conftest import Person, Site
from tests.journeys.test_accessibility import check

pytestmark = pytest.mark.browser
Open = Callable[..., Person]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_archive_is_made_fetched_and_read_offline(
    new_member: Open, chromium: Browser, site: Site, scripts: bool, tmp_path: Path
) -> None:
    name = f"taker{scripts:d}"
    person = new_member(name, scripts=scripts)
    for text in ("The Café opens at eight.", "明天见 🍞"):
        person.fill(post=text)
        person.press("Post")
    person.follow_link("Settings")
    person.page.get_by_role("link", name="Archive").last.click()
    person.press("Create archive")
    download = person.page.get_by_role("link", name="Download", exact=True)
    if scripts:
        # The page follows by itself.
        expect(download).to_be_visible()
    else:
        for _ in range(100):
            if download.count():
                break
            person.page.wait_for_timeout(100)
            person.visit("/settings/export")
    with person.page.expect_download() as fetched:
        download.click()
    fetched.value.save_as(tmp_path / "archive.zip")
    ZipFile(tmp_path / "archive.zip").extractall(tmp_path)
    link = site.mailbox.find(f"{name}@example.com", r"http://\S+/archive\.zip")
    assert link.startswith(site.url)
    context = chromium.new_context(java_script_enabled=scripts)
    read_offline(Person(context, context.new_page(), site), tmp_path, scripts)


def test_the_bar_follows_by_itself(new_member: Open, site: Site) -> None:
    person = new_member("watcher")
    with site.app.app_context():
        owner = db.session.scalars(User.named("watcher")).one()
        export = exports.start(owner)
        export_id, task_id = export.id, export.task_id
        # Not for the site's own worker: here it is this test that makes it.
        later = utcnow() + timedelta(hours=1)
        db.session.execute(sa.update(Task).where(Task.id == task_id).values(available_at=later))
        db.session.commit()
    writer = person.context.new_page()
    writer.goto(site.url + "/index")
    person.visit("/settings/export")
    for percent in (42, 77):
        note(site, export_id, percent)
        for page in (person.page, writer):
            page.bring_to_front()
            expect(page.get_by_role("progressbar")).to_have_js_property("value", percent)
            expect(page.locator("[data-percent]")).to_have_text(f"{percent}%")
    writer.locator("[name=post]").fill("Half a sentence")
    with site.app.app_context():
        for _ in exports.build(export_id):
            pass
        db.session.commit()
    # Where somebody may be writing, the page stays; the page about the archive comes again.
    expect(writer.get_by_role("link", name="View your archive")).to_be_visible()
    assert writer.locator("[name=post]").input_value() == "Half a sentence"
    person.page.bring_to_front()
    expect(person.page.get_by_role("link", name="Download", exact=True)).to_be_visible()
    expect(person.page.get_by_role("progressbar")).to_have_count(0)


def note(site: Site, export_id: int, percent: int) -> None:
    with site.app.app_context():
        exports.set_progress(export_id, percent)
        db.session.commit()


def read_offline(person: Person, folder: Path, scripts: bool) -> None:
    """Open the unpacked archive as a file, search it and turn to a page of it."""
    page = person.page
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith("file:") or faults.append(asked.url))
    page.goto(f"file://{folder}/index.html")
    assert person.sees("The Café opens at eight.")
    assert page.locator("#words").is_visible() == scripts
    if scripts:
        page.locator("#words").fill("CAFE")
        expect(page.get_by_role("status")).to_have_text("Found: 1")
        page.locator(".archive__found a").click()
        assert "#posts-" in page.url
        page.go_back()
        page.locator("#words").fill("nothing like this")
        expect(page.get_by_role("status")).to_contain_text("Nothing found.")
        page.locator("#words").fill("")
    page.locator(".archive__pages a").first.click()
    assert person.sees("明天见 🍞")
    assert faults == []
    if scripts:
        # After the rest, since axe itself asks for the style sheets.
        check(person, "archive-month", "wide")
        page.go_back()
        check(person, "archive", "wide")
        page.locator("#words").fill("cafe")
        expect(page.get_by_role("status")).to_have_text("Found: 1")
        check(person, "archive-search", "wide")
    person.context.close()
