"""A real browser on a real site: gunicorn, a worker, and a mail server that keeps what it gets."""

from __future__ import annotations

import email
import email.policy
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app import create_app
from app.web.form_stamps import LEAST
from tests.support.factories import PASSWORD
from tests.support.live import ROOT, LiveServer, serve
from tests.support.translators import translation_service

MAIL_SECONDS = 20
# So long a page may take to show what somebody waits for.
SIGHT_SECONDS = 15
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)
MISSING = "Chromium: install the Debian packages chromium, fonts-noto-cjk, fonts-noto-color-emoji"


@dataclass
class Mailbox:
    """All mails that the site has sent."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"

    def link(self, address: str, door: str) -> str:
        """The newest link to /auth/`door`/… mailed to `address`; waits for it to arrive."""
        return self.find(address, rf"http://\S+/auth/{door}/\S+")

    def find(self, address: str, pattern: str) -> str:
        """What fits `pattern` in the newest mail to `address` that has it; waits for it."""
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for mail in reversed(self.mails):
                found = re.search(pattern, _text_of(mail))
                if mail["To"] == address and found:
                    self.mails.remove(mail)
                    return found[0]
            time.sleep(0.05)
        subjects = [(mail["To"], mail["Subject"]) for mail in self.mails]
        raise AssertionError(f"no {pattern} in a mail for {address} in {subjects}")


def _text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part else ""


@dataclass
class Site:
    """A running site with its worker and its mails."""

    server: LiveServer
    mailbox: Mailbox
    folder: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server.port}"

    @cached_property
    def app(self) -> Flask:
        """The site once more, in this process, for commands on its database."""
        return create_app(self.server.environ, self.folder)

    def flask(self, *arguments: str, answer: str = "") -> None:
        """Run a `flask` command on this site's database."""
        done = self.app.test_cli_runner().invoke(args=arguments, input=answer)
        assert done.exit_code == 0, done.output

    def add_member(self, username: str) -> None:
        """Somebody whose password is PASSWORD and whose address is confirmed.

        Not with a name of the demo's texts, since other tests add its people to the site.
        """
        member = ("--username", username, "--email", f"{username}@example.com")
        self.flask("user", "create", *member, answer=PASSWORD + "\n")


def _free_port() -> int:
    # The mail server of the tests connects to itself, so it has to know its port before.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; the test is tried both ways."""
    return bool(request.param)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=_free_port())
    smtp.start()
    port = smtp.port
    settings = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(port), "SITE_NAME": "Riverside"}
    try:
        with (
            translation_service() as service,
            serve(
                f"sqlite:///{folder}/app.db", folder, LIBRETRANSLATE_URL=service.url, **settings
            ) as server,
        ):
            command = [sys.executable, "-m", "flask", "--app", "microblog", "worker"]
            worker = subprocess.Popen(command, cwd=ROOT, env=server.environ)
            try:
                yield Site(server, mailbox, folder)
            finally:
                worker.terminate()
                worker.wait(20)
    finally:
        smtp.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody with a browser of their own."""

    context: BrowserContext
    page: Page
    site: Site
    complaints: list[str] = field(default_factory=list)

    def visit(self, path: str) -> None:
        response = self.page.goto(path if path.startswith("http") else self.site.url + path)
        assert response is not None and response.status < 500, (path, response)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        self.visit("/auth/login")
        self.fill(username=username, password=password)
        self.press("Sign in")
        # A click ends before the page changes when the machine is busy.
        self.page.wait_for_url("**/index")

    def follow_link(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").first.fill(value)

    def take_time(self) -> None:
        """As long as people at least take for a form."""
        self.page.wait_for_timeout(LEAST.total_seconds() * 1000)

    def focused_name(self) -> str | None:
        """The name of the field that the next press of the Tab key leads to."""
        self.page.keyboard.press("Tab")
        return self.page.locator("*:focus").get_attribute("name")

    def sees(self, text: str) -> bool:
        """Whether the page shows `text`, now or soon: a click may end before the page changes."""
        deadline = time.monotonic() + SIGHT_SECONDS
        while time.monotonic() < deadline:
            if not self.lacks(text):
                return True
            self.page.wait_for_timeout(50)
        return False

    def lacks(self, text: str) -> bool:
        """Whether the page as it is now does not show `text`."""
        return text not in self.page.locator("body").inner_text()

    def wait_until(self, condition: str, value: Any = None) -> None:
        """Until `condition`, an expression or a function of `value`, holds in the page.

        Playwright's own wait_for_function evaluates in the page again and again, which the
        Content-Security-Policy forbids from the second time on.
        """
        deadline = time.monotonic() + SIGHT_SECONDS
        while not self.page.evaluate(condition, value):
            assert time.monotonic() < deadline, condition
            self.page.wait_for_timeout(50)


def open_browser(chromium: Browser, site: Site, *, scripts: bool = True, **options: Any) -> Person:
    context = chromium.new_context(
        java_script_enabled=scripts, locale=options.pop("locale", "en-GB"), **options
    )
    # Another host is never asked, and nothing is blocked or broken on any page.
    person = Person(context, context.new_page(), site)
    context.set_default_timeout(15_000)
    own = site.url.removeprefix("http://")
    person.page.on(
        "request",
        lambda asked: own in asked.url or person.complaints.append(f"asked {asked.url}"),
    )
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
    person.page.on("console", lambda said: _listen(person, said))
    return person


def _listen(person: Person, said: Any) -> None:
    # That a page answered 4xx is what the test wanted; everything else is a fault.
    is_status = "the server responded with a status of 4" in said.text
    if said.type in ("error", "warning") and not is_status:
        person.complaints.append(said.text)


@contextmanager
def browsers_of(chromium: Browser, site: Site) -> Iterator[Any]:
    """Opens browsers, and at the end fails on anything that any of them complained about."""
    people: list[Person] = []

    def open_one(**options: Any) -> Person:
        people.append(open_browser(chromium, site, **options))
        return people[-1]

    yield open_one
    for person in people:
        person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []


@pytest.fixture
def new_person(chromium: Browser, site: Site) -> Iterator[Any]:
    """Opens browsers on the site."""
    with browsers_of(chromium, site) as open_one:
        yield open_one


@pytest.fixture
def new_member(new_person: Any, site: Site) -> Any:
    """Opens browsers in which a new member is signed in, by username."""

    def open_one(username: str, **options: Any) -> Person:
        site.add_member(username)
        person: Person = new_person(**options)
        person.sign_in(username)
        return person

    return open_one


def pictures_folder() -> Path | None:
    """Where screenshots are wanted, by the setting of whoever runs the tests."""
    folder = os.environ.get("MICROBLOG_SCREENSHOTS")
    return Path(folder) if folder else None
