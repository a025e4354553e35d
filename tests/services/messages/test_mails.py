"""Mails: who gets which, in which words, and what must never be in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.backends.mail import MailError, Message
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token
from app.models import Task, User
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.messages import mails
from app.services.messages.mails import QueuedMail
from tests.support.factories import make_user
from tests.support.mailbox import configure_mail, delivered
from tests.support.sites import PRODUCTION, open_sqlite_site

TEMPLATES = Path(mails.__file__).parents[2] / "templates" / "email"

# What each mail needs to be queued with; a new template has to be added here.
QUEUED: dict[str, dict[str, Any]] = {
    "verify_email": {"link": Purpose.VERIFY},
    "reset_password": {"link": Purpose.RESET_PASSWORD},
    "already_registered": {},
    "change_email_confirm": {"link": Purpose.CHANGE_EMAIL, "to": "new@example.com"},
    "change_email_notice": {
        "link": Purpose.REVERT_EMAIL,
        "claims": {"old": "ana@example.com", "new": hash_token("new@example.com")},
        "new_address": "n…@example.com",
    },
    "email_changed": {},
    "password_changed": {},
    "new_device": {"device": "Firefox on Linux", "network": "192.0.2.0/24"},
    "username_changed": {"username": "anna"},
    "token_created": {"token_name": "backup"},
    "two_factor_added": {},
    "two_factor_removed": {},
    "recovery_codes_made": {},
    "passkey_added": {"passkey_name": "phone"},
    "passkey_removed": {"passkey_name": "phone"},
    "recovery_code_used": {"left": "9"},
    "password_token": {},
    "export_ready": {"export": "7"},
    "account_closed": {"link": Purpose.REOPEN},
    "account_reopened": {},
    "application_accepted": {},
    "application_refused": {},
    "applications_waiting": {"waiting": "3"},
    "cases_waiting": {"cases": "2", "appeals": "1"},
    "decision": {
        "action": "suspend",
        "decision_id": "7",
        "rule_id": "1",
        "until": "2026-12-24T12:00:00+00:00",
        "words": "Too often.\nPlease stop.",
    },
    "decision_ended": {"action": "suspend", "event": "lifted"},
    "appeal_answered": {"action": "suspend", "outcome": "upheld", "words": "Read rule 1."},
    "test_mail": {},
}
# Their links lead elsewhere, or they have none.
WITHOUT_AUTH = (
    "email_changed",
    "export_ready",
    "application_refused",
    "decision",
    "test_mail",
)


@pytest.fixture
def site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    settings = {"BASE_URL": "https://example.org", "MAIL_DEFAULT_SENDER": "owner@example.org"}
    configure_mail(app, monkeypatch, **settings)
    return app


@pytest.fixture
def fitting(ana: User) -> Callable[[str], None]:
    """Bring ana into the state in which a mail still makes sense."""

    def bring(template: str) -> None:
        ana.email_verified_at = None if template == "verify_email" else utcnow()
        ana.pending_email = "new@example.com" if template.startswith("change_email") else None
        ana.closed_at = utcnow() if template == "account_closed" else None
        db.session.flush()

    return bring


def queued(template: str, user: User, **options: Any) -> dict[str, Any]:
    """The payload that the worker gets for a mail."""
    mails.queue(template, user, **QUEUED[template] | options)
    task = db.session.scalars(sa.select(Task).order_by(Task.id.desc())).first()
    assert task is not None
    assert (task.name, task.user_id) == ("send_mail", user.id)
    return task.payload


def composed(payload: dict[str, Any]) -> Message:
    message = mails.compose(payload)
    assert message is not None
    return message


def mail(template: str, user: User, **options: Any) -> EmailMessage:
    return delivered(composed(queued(template, user, **options)))


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Page(HTMLParser):
    """The tags, links and attributes of an HTML mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: set[str] = set()
        self.language: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.addresses |= {address for name in ("href", "src") if (address := values.get(name))}
        self.language = values.get("lang") or self.language


def addresses(text: str) -> set[str]:
    return set(re.findall(r"https?://\S+", text))


def test_every_template_is_tried() -> None:
    # What happens between people is told by other jobs: see test_notification_mails.py.
    tried = {*QUEUED, "notification", "digest"}
    assert {path.parent.name for path in TEMPLATES.glob("*/body.txt")} == tried


@pytest.mark.parametrize("template", QUEUED)
def test_every_mail_reads_as_text_and_as_html(
    template: str, site: Flask, ana: User, fitting: Callable[[str], None]
) -> None:
    fitting(template)
    message = mail(template, ana)
    text, html = part(message, "plain"), part(message, "html")
    page = Page(html)
    assert message["Subject"].startswith("[Microblog] ")
    assert re.search("^Hi (ana|Ana Duarte),$", text, re.MULTILINE)
    assert re.search("<p>Hi (ana|Ana Duarte),</p>", html)
    assert "You're getting this email because" in text
    assert "%(" not in text + html + message["Subject"]
    assert "\n\n\n" not in text
    assert addresses(text) == page.addresses
    assert all(address.startswith("https://example.org") for address in page.addresses)
    assert not {"img", "script", "link", "iframe"} & set(page.tags)
    assert page.language == "en"
    assert ("/auth/" in text) == (template not in WITHOUT_AUTH)


def test_every_address_in_a_mail_is_a_page(
    site: Flask, ana: User, fitting: Callable[[str], None]
) -> None:
    pages = site.url_map.bind("example.org", url_scheme="https")
    for template in QUEUED:
        fitting(template)
        for address in addresses(part(mail(template, ana), "plain")):
            path = address.removeprefix("https://example.org") or "/"
            assert pages.test(path, "GET"), f"{template} leads to {path}, which is nothing"


@pytest.mark.parametrize("template", [name for name in QUEUED if "link" in QUEUED[name]])
def test_the_link_in_a_mail_holds(
    template: str, site: Flask, ana: User, fitting: Callable[[str], None]
) -> None:
    fitting(template)
    purpose = QUEUED[template]["link"]
    found = re.search(rf"/auth/{purpose}/(\S+)$", part(mail(template, ana), "plain"), re.MULTILINE)
    assert found is not None
    link = links.read(purpose, found[1])
    assert link is not None
    assert link.user.id == ana.id
    assert link.claims == QUEUED[template].get("claims", {})


def test_headers_say_who_writes_and_that_a_program_does(site: Flask, ana: User) -> None:
    message = mail("password_changed", ana)
    assert message["From"] == "Microblog <owner@example.org>"
    assert message["To"] == "ana@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime - utcnow() < timedelta(seconds=5)
    assert "Reply-To" not in message
    assert composed(queued("password_changed", ana)).as_bytes().isascii()


@pytest.mark.parametrize(
    ("admins", "sender"),
    [("", "no-reply@example.org"), ("ana@example.org, ben@example.org", "ana@example.org")],
)
def test_the_first_admin_writes_or_else_the_site_itself(
    admins: str, sender: str, tmp_path: Path
) -> None:
    settings = PRODUCTION | {"BASE_URL": "https://example.org", "ADMINS": admins}
    with open_sqlite_site(tmp_path, **settings):
        message = mail("password_changed", make_user("cleo"))
        assert message["From"].addresses[0].addr_spec == sender


def test_a_second_delivery_can_be_told_from_a_second_mail(site: Flask, ana: User) -> None:
    payload = queued("password_changed", ana)
    first, again = delivered(composed(payload)), delivered(composed(payload))
    other = mail("password_changed", ana)
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Message-ID"].endswith("@example.org>")


def test_a_queued_mail_holds_no_secret(site: Flask, ana: User) -> None:
    payload = queued("reset_password", ana)
    assert json.loads(json.dumps(payload)) == payload
    assert payload["link"] == "reset_password"
    assert "http" not in json.dumps(payload)
    assert "password_hash" not in json.dumps(payload)


def test_a_mail_queued_by_an_older_version_is_sent(site: Flask, ana: User) -> None:
    payload = {
        "template": "change_email_notice",
        "user_id": ana.id,
        "to": "ana@example.com",
        "link": "revert_email",
        "claims": {"old": "ana@example.com", "new": hash_token("new@example.com")},
        "facts": {"new_address": "n…@example.com"},
        "queued_at": "2026-11-20T18:30:00.123456+00:00",
        "intent": "a1-B2_c3",
    }
    assert QueuedMail.from_payload(payload).to_payload() == payload
    message = composed(payload)
    assert message.msgId == "<change_email_notice.a1-B2_c3@example.org>"
    assert "n…@example.com" in str(message.body)


@pytest.mark.parametrize("language", ["es", "zh"])
def test_a_mail_is_in_the_language_of_its_reader(language: str, site: Flask, ana: User) -> None:
    ana.language = language
    assert Page(part(mail("password_changed", ana), "html")).language == language


def test_a_language_that_is_not_offered_becomes_english(site: Flask, ana: User) -> None:
    ana.language = "tlh"
    assert Page(part(mail("password_changed", ana), "html")).language == "en"


@pytest.mark.parametrize(("language", "date"), [("es", "21 de noviembre"), ("zh", "11月21日")])
def test_times_are_in_the_language_and_zone_of_the_reader(
    language: str, date: str, site: Flask, ana: User
) -> None:
    ana.language, ana.time_zone = language, "Asia/Kathmandu"
    payload = queued("new_device", ana) | {"queued_at": "2026-11-20T18:30:00+00:00"}
    text = part(delivered(composed(payload)), "plain")
    assert date in text
    assert "0:15:00" in text


def test_what_people_typed_is_escaped_in_html(site: Flask, ana: User) -> None:
    ana.display_name = "<b>Ana</b>"
    message = mail("new_device", ana, device="<img src=//x.example>")
    html = part(message, "html")
    assert "&lt;b&gt;Ana&lt;/b&gt;" in html
    assert "&lt;img" in html
    assert "Hi <b>Ana</b>," in part(message, "plain")


def test_a_browser_cannot_write_a_letter(site: Flask, ana: User) -> None:
    text = part(mail("new_device", ana, device="Your account\r\n\r\nis lost! " * 40), "plain")
    device = next(line for line in text.splitlines() if line.startswith("Device: "))
    assert device.startswith("Device: Your account is lost!")
    assert len(device) < 140


def test_a_display_name_goes_to_no_strangers_address(site: Flask, ana: User) -> None:
    ana.display_name = "You won, see evil.example"
    ana.pending_email = "new@example.com"
    assert "evil.example" not in part(mail("change_email_confirm", ana), "plain")
    ana.pending_email, ana.email_verified_at = None, None
    assert "evil.example" not in part(mail("verify_email", ana), "plain")


def test_nothing_is_sent_to_somebody_who_is_gone(site: Flask, ana: User) -> None:
    payload = queued("password_changed", ana)
    db.session.execute(sa.delete(User).where(User.id == ana.id))
    db.session.expunge_all()
    assert mails.compose(payload) is None


@pytest.mark.parametrize(
    ("template", "change"),
    [
        ("verify_email", {"email_verified_at": utcnow()}),
        ("verify_email", {"email": "else@example.com"}),
        ("reset_password", {"email": "else@example.com"}),
        ("change_email_confirm", {"pending_email": "else@example.com"}),
        ("change_email_confirm", {"pending_email": None}),
        ("account_closed", {"closed_at": None}),
    ],
)
def test_a_link_is_not_signed_for_an_address_or_state_left_behind(
    template: str,
    change: dict[str, Any],
    site: Flask,
    ana: User,
    fitting: Callable[[str], None],
) -> None:
    fitting(template)
    payload = queued(template, ana)
    for name, value in change.items():
        setattr(ana, name, value)
    db.session.flush()
    assert mails.compose(payload) is None


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\0", "\x1b"])
def test_a_header_cannot_be_added(break_: str, site: Flask, ana: User) -> None:
    evil = f"a{break_}Bcc: eve@example.com"
    payload = queued("password_changed", ana) | {"to": evil}
    with pytest.raises(MailError) as caught:
        mails.compose(payload)
    assert not caught.value.temporary
    site.config["SITE_NAME"] = evil
    with pytest.raises(MailError):
        mails.compose(queued("password_changed", ana))


def test_subjects_beyond_ascii_are_encoded(site: Flask, ana: User) -> None:
    site.config["SITE_NAME"] = "Клуб «Привет»"
    message = composed(queued("password_changed", ana))
    assert delivered(message)["Subject"].startswith("[Клуб «Привет»] ")
    assert b"Subject: =?utf-8?" in message.as_bytes()


def test_a_domain_beyond_ascii_is_written_as_the_network_knows_it(site: Flask, ana: User) -> None:
    message = mail("password_changed", ana, to="ana@straße.example")
    assert message["To"] == "ana@xn--strae-oqa.example"
