"""A report from a member to a moderator, a decision, and an appeal; scripts on and off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import Mailbox, Person, Site, browsers_of
from tests.support.factories import PASSWORD
from tests.support.live import serve

pytestmark = [pytest.mark.browser, pytest.mark.server]
OFFER = "Cheap phones, only today!"


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site without mail: two moderators and two members."""
    folder = tmp_path_factory.mktemp("town")
    with serve(f"sqlite:///{folder}/app.db", folder) as server:
        site = Site(server, Mailbox(), folder)
        for name in ("mia", "noah", "ana", "dealer"):
            email = f"{name}@example.com"
            site.flask(
                "user", "create", "--username", name, "--email", email, answer=PASSWORD + "\n"
            )
        for name in ("mia", "noah"):
            site.flask("user", "role", name, "moderator")
        yield site


def report_post(ana: Person) -> None:
    ana.visit("/explore")
    post = f"article:has-text('{OFFER}')"
    ana.page.locator(f"{post} .act-more").click()
    ana.follow_link("Mute, block, report…")
    ana.page.wait_for_url("**/mute?**")
    ana.follow_link("Report…")
    ana.page.get_by_role("radio", name="Advertising or spam").check()
    assert ana.page.get_by_role("checkbox", name=OFFER).is_checked()
    ana.fill(words="Every day the same.")
    ana.press("Send report")
    assert ana.sees("A moderator will look at it")


def suspend(mia: Person) -> None:
    mia.visit("/moderation")
    mia.page.locator("a.case", has_text=OFFER).click()
    mia.page.wait_for_url("**/moderation/report/*")
    assert mia.sees("1 person reported") and mia.lacks("@ana")
    mia.press("Take this case")
    mia.page.get_by_role("radio", name="Suspend").check()
    mia.page.get_by_label("Rule").select_option(label="1: Advertising or spam")
    mia.page.get_by_label("For how long?").select_option("7")
    mia.fill(words="Only what you make yourself, please.")
    mia.press("Decide")
    mia.page.wait_for_url("**/moderation")
    assert mia.sees("recorded in the log")


def test_from_a_report_to_an_appeal(chromium: Browser, town: Site, scripts: bool) -> None:
    with browsers_of(chromium, town) as open_one:
        dealer, ana, mia, noah = (open_one(scripts=scripts) for _ in range(4))
        for person, name in ((dealer, "dealer"), (ana, "ana"), (mia, "mia"), (noah, "noah")):
            person.sign_in(name)
        dealer.fill(post=OFFER)
        dealer.press("Post")
        report_post(ana)
        suspend(mia)
        ana.visit("/notifications/all")
        assert ana.sees("Moderators acted on your report")
        ana.visit("/explore")
        assert ana.lacks(OFFER)

        dealer.visit("/index")
        assert "/auth/login" in dealer.page.url
        dealer.fill(username="dealer", password=PASSWORD)
        dealer.press("Sign in")
        dealer.page.wait_for_url("**/appeal")
        assert dealer.sees("Your account is suspended")
        assert dealer.sees("Only what you make yourself, please.") and dealer.lacks("@ana")
        dealer.fill(words="I do make them myself.")
        dealer.press("Send appeal")
        assert dealer.sees("It's waiting to be read.")

        noah.visit("/moderation/appeals")
        noah.page.locator("a.case", has_text="I do make them myself.").click()
        noah.page.wait_for_url("**/moderation/appeal/*")
        noah.page.get_by_role("radio", name="Take the decision back").check()
        noah.fill(words="You're right, sorry!")
        noah.press("Answer")
        noah.page.wait_for_url("**/moderation/appeals")

        dealer.visit("/notifications/all")
        assert dealer.sees("Your appeal was answered: the decision was taken back")
        ana.visit("/explore")
        assert ana.sees(OFFER)
