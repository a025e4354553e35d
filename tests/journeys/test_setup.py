"""The first visit to an empty site: the terminal's link, an account, the owner's checklist."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from app import db
from app.services.accounts import setup
from tests.journeys.conftest import Mailbox, Site, browsers_of
from tests.support.factories import PASSWORD
from tests.support.live import serve

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_owner_sets_up_an_empty_site(chromium: Browser, tmp_path: Path, scripts: bool) -> None:
    with serve(f"sqlite:///{tmp_path}/app.db", tmp_path) as server:
        site = Site(server, Mailbox(), tmp_path)
        with site.app.app_context():
            link = setup.make_link()
            db.session.commit()
        with browsers_of(chromium, site) as open_one:
            owner = open_one(scripts=scripts)
            owner.visit(urlsplit(link).path)
            owner.fill(
                username="rita", email="rita@example.com", password=PASSWORD, password2=PASSWORD
            )
            owner.page.locator("main form").get_by_role("button").last.click()
            owner.page.wait_for_load_state()
            owner.visit("/admin")
            assert owner.sees("Getting started")
            owner.follow_link("Name your site")
            owner.fill(site_name="Riverside", site_description="News from the river.")
            owner.press("Save")
            assert owner.sees("Changes saved.")
            owner.visit("/admin")
            done = owner.page.locator(".checklist__done")
            assert done.count() == 2 and "Name your site" in done.first.inner_text()
            owner.press("Don't show this anymore")
            assert owner.lacks("Getting started")
            stranger = open_one(scripts=scripts)
            stranger.visit(urlsplit(link).path)
            assert not stranger.page.locator("[name=password2]").count()
            stranger.visit("/")
            assert stranger.sees("News from the river.")
