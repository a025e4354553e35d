"""The first days of a site: people join, forget, come back and are turned away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import Mailbox, Person, Site, browsers_of, open_browser
from tests.support.factories import PASSWORD
from tests.support.live import serve

pytestmark = pytest.mark.browser
Open = Callable[..., Person]
NEW_PASSWORD = "another 9 quiet afternoons"


@pytest.fixture(scope="module")
def quiet_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that sends no mail, with three people to follow."""
    folder: Path = tmp_path_factory.mktemp("quiet")
    with serve(f"sqlite:///{folder}/app.db", folder, SITE_NAME="Riverside") as server:
        site = Site(server, Mailbox(), folder)
        site.flask("demo", "--users", "4", "--posts", "12", "--seed", "7")
        yield site


@pytest.fixture
def visit_quiet(chromium: Browser, quiet_site: Site) -> Iterator[Open]:
    """Opens browsers on that site."""
    with browsers_of(chromium, quiet_site) as open_one:
        yield open_one


def register(person: Person, username: str, address: str = "") -> None:
    person.visit("/")
    person.follow_link("Create account")
    email = address or f"{username}@example.com"
    person.fill(username=username, email=email, password=PASSWORD, password2=PASSWORD)
    person.take_time()
    person.press("Create account")


def sign_out(person: Person) -> None:
    person.visit("/auth/logout")
    person.page.locator("main").get_by_role("button", name="Sign out").click()
    person.page.wait_for_load_state()


def walk_through_welcome(person: Person) -> None:
    """What new members see once."""
    person.fill(about_me="I bake bread.")
    person.press("Save and continue")
    person.follow_link("Continue")
    assert person.sees("Impersonation")
    person.follow_link("Go to your home page")
    assert urlsplit(person.page.url).path == "/index"


def post_and_follow(person: Person, text: str, people: int) -> None:
    """The first post of a new member, and the first people whom they follow."""
    person.visit("/index")
    person.fill(post=text)
    person.press("Post")
    assert person.sees("Posted.") and person.sees(text)
    person.visit("/explore")
    authors = person.page.locator("article a.post__author")
    paths = {str(authors.nth(at).get_attribute("href")) for at in range(authors.count())}
    own = {path for path in paths if path.endswith(("_s", "_n"))}
    followed = sorted(paths - own)[:people]
    assert len(followed) == people
    for path in followed:
        person.visit(path)
        person.page.locator("main").get_by_role("button", name="Follow").first.click()
        person.page.wait_for_load_state()
    person.visit("/index")
    for path in followed:
        assert person.page.locator(f"article a[href='{path}']").count(), path


def test_a_mailed_link_in_the_same_browser_goes_on_signed_in(
    new_person: Open, site: Site, scripts: bool
) -> None:
    name = f"mara_{'s' if scripts else 'n'}"
    mara = new_person(scripts=scripts)
    register(mara, name)
    assert mara.sees(f"{name}@example.com")
    mara.visit(site.mailbox.link(f"{name}@example.com", "verify"))
    mara.press("Confirm")
    assert urlsplit(mara.page.url).path == "/welcome"
    walk_through_welcome(mara)
    post_and_follow(mara, "Mara's first words.", people=0)


def test_without_mail_a_member_writes_and_follows_three_at_once(
    visit_quiet: Open, scripts: bool
) -> None:
    nora = visit_quiet(scripts=scripts)
    register(nora, f"nora_{'s' if scripts else 'n'}")
    assert nora.sees("Welcome to Riverside")
    walk_through_welcome(nora)
    post_and_follow(nora, "Nora's first words.", people=3)


def test_without_mail_the_operator_hands_out_the_link(
    visit_quiet: Open, quiet_site: Site, scripts: bool
) -> None:
    name = f"olga_{'s' if scripts else 'n'}"
    quiet_site.add_member(name)
    olga = visit_quiet(scripts=scripts)
    olga.visit("/auth/login")
    olga.page.get_by_role("link", name="Forgot").click()
    assert olga.sees("This site doesn't send email.")
    made = quiet_site.app.test_cli_runner().invoke(args=("user", "reset-link", name))
    olga.visit(made.output[made.output.index("/auth/") :].split()[0])
    olga.fill(password=NEW_PASSWORD, password2=NEW_PASSWORD)
    olga.press("Set password")
    olga.sign_in(name, NEW_PASSWORD)


def test_a_known_address_is_told_by_mail_alone(new_person: Open, site: Site, scripts: bool) -> None:
    owner, name = f"petra_{'s' if scripts else 'n'}", f"pia_{'s' if scripts else 'n'}"
    address = f"{owner}@example.com"
    site.add_member(owner)
    stranger = new_person(scripts=scripts)
    register(stranger, name, address)
    assert stranger.sees("Check your email") and stranger.sees(address)
    assert site.mailbox.find(address, "already")


def test_without_mail_a_known_address_is_told_at_the_field(
    visit_quiet: Open, quiet_site: Site, scripts: bool
) -> None:
    owner, name = f"rosa_{'s' if scripts else 'n'}", f"rita_{'s' if scripts else 'n'}"
    quiet_site.add_member(owner)
    stranger = visit_quiet(scripts=scripts)
    register(stranger, name, f"{owner}@example.com")
    field = stranger.page.locator("[name=email]")
    assert field.get_attribute("aria-invalid") == "true"
    assert stranger.page.locator("[name=username]").input_value() == name


def test_a_text_survives_the_end_of_its_session(
    new_member: Open, new_person: Open, scripts: bool
) -> None:
    name = f"sara_{'s' if scripts else 'n'}"
    sara = new_member(name, scripts=scripts)
    sara.fill(post="An evening's work.")
    # As when the session was ended on the settings page of another browser.
    sara.context.clear_cookies()
    sara.press("Post")
    assert sara.sees("Your text is safe.")
    sara.fill(username=name, password=PASSWORD)
    sara.press("Sign in")
    assert sara.page.locator("textarea[name=post]").input_value() == "An evening's work."
    sara.press("Post")
    assert sara.sees("Posted.")


def test_a_closed_site_says_whom_to_ask(chromium: Browser, tmp_path: Path, scripts: bool) -> None:
    with serve(f"sqlite:///{tmp_path}/app.db", tmp_path, REGISTRATION="closed") as server:
        visitor = open_browser(chromium, Site(server, Mailbox(), tmp_path), scripts=scripts)
        visitor.visit("/")
        assert not visitor.page.get_by_role("link", name="Create account").count()
        visitor.visit("/auth/register")
        assert visitor.sees("taking new members right now")
        assert not visitor.page.locator("main form").count()
        visitor.context.close()
        assert visitor.complaints == []
