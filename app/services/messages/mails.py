"""Mails to members: queued in the transaction that causes them, written when they are sent."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from email_validator import validate_email
from flask import current_app
from flask_babel import force_locale, get_locale

from app import outbox
from app.backends.jobs import JobError
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import excerpt, normalize
from app.lib.tokens import random_token
from app.models import User
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.messages import notifications

DEFAULT_LANGUAGE = "en"
# What a browser says of itself ends up in mails; nobody shall write a letter there.
FACT_MAX = 120
# Bodies stay ASCII on the wire, whatever the server can take.
POLICY = SMTP.clone(cte_type="7bit")


def queue(
    template: str,
    user: User,
    *,
    to: str | None = None,
    link: Purpose | None = None,
    claims: dict[str, str] | None = None,
    **facts: str,
) -> None:
    """Have `user` told by the mail `template`, at `to` (else their address), once committed.

    `facts` are for the template; the link, with `claims`, is signed when the mail is sent.
    """
    shown = {name: excerpt(fact, FACT_MAX) for name, fact in facts.items()}
    payload = {
        "template": template,
        "user_id": user.id,
        "to": to or user.email,
        "link": link,
        "claims": claims or {},
        "facts": shown,
        "queued_at": utcnow().isoformat(),
        # Part of the Message-ID, so that whoever gets a mail twice can tell.
        "intent": random_token(12),
    }
    outbox.put("send_mail", payload, user_id=user.id)
    # Whoever reads mails rarely learns of it on the site too.
    if template in notifications.SECURITY_EVENTS:
        notifications.security(user, template, shown)


def compose(payload: dict[str, Any]) -> EmailMessage | None:
    """The mail that `queue` asked for, or None when there is nothing to send any more.

    Raises JobError for an address or a name that would break a header.
    """
    user = db.session.get(User, payload["user_id"])
    link = Purpose(payload["link"]) if payload["link"] else None
    if user is None or not _is_wanted(user, link, payload["to"]):
        return None
    name = payload["template"]
    languages = current_app.config["LANGUAGES"]
    language = user.language if user.language in languages else DEFAULT_LANGUAGE
    with force_locale(language):
        context = _context(user, link, payload)
        subject, text, html = (
            current_app.jinja_env.get_template(f"email/{name}/{part}").render(context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    message = EmailMessage(POLICY)
    write_headers(message, payload, subject.strip())
    text = normalize(text) + "\n"
    # Whoever opens the mail as a file shall find the link in one piece.
    message.set_content(text, cte="7bit" if text.isascii() else None)
    message.add_alternative(html, subtype="html")
    return message


def _is_wanted(user: User, link: Purpose | None, to: str) -> bool:
    """Whether the address may still have such a link: it is signed now, not when queued.

    Somebody may have left an address, because it is in other hands, while a mail to it waited.
    """
    match link:
        case Purpose.VERIFY:
            return to == user.email and not user.is_verified
        case Purpose.RESET_PASSWORD:
            return to == user.email
        case Purpose.CHANGE_EMAIL:
            return to == user.pending_email
        case Purpose.REOPEN:
            return to == user.email and user.closed_at is not None
    return True


def _context(user: User, link: Purpose | None, payload: dict[str, Any]) -> dict[str, str | int]:
    config = current_app.config
    zone = ZoneInfo(user.time_zone or "UTC")
    queued_at = datetime.fromisoformat(payload["queued_at"]).astimezone(zone)
    # Until an address is confirmed it may be a stranger's: no free text of ours goes there.
    is_theirs = user.is_verified and payload["to"] == user.email
    site_url = config["BASE_URL"]
    return {
        "site_name": config["SITE_NAME"],
        "site_url": site_url,
        "sign_in_url": f"{site_url}/auth/login",
        "reset_url": f"{site_url}/auth/reset_password_request",
        "name": user.name if is_theirs else user.username,
        "username": user.username,
        "language": str(get_locale()),
        # Many a mail reader has no sign for the narrow space before "PM".
        "when": format_datetime(queued_at, "long", zone, get_locale()).replace("\u202f", " "),
        "reset_minutes": config["RESET_TOKEN_MINUTES"],
        "link": links.address_of(link, user, **payload["claims"]) if link else "",
        **payload["facts"],
    }


def write_headers(message: EmailMessage, payload: dict[str, Any], subject: str) -> None:
    """Address `message`; `template` and `intent` of `payload` make its name. Raises JobError."""
    config = current_app.config
    host = urlsplit(config["BASE_URL"]).hostname
    sender = config["ADMINS"][0] if config["ADMINS"] else f"no-reply@{host}"
    message["Subject"] = _header(subject)
    message["From"] = _address(sender, config["SITE_NAME"])
    message["To"] = _address(payload["to"])
    message["Date"] = utcnow()
    message["Message-ID"] = _header(f"<{payload['template']}.{payload['intent']}@{host}>")
    message["Auto-Submitted"] = "auto-generated"


def _header(value: str) -> str:
    if not value.isprintable():
        raise JobError("A header of the mail has a line break in it.", is_permanent=True)
    return value


def _address(spec: str, display_name: str = "") -> Address:
    local, _, domain = _header(spec).rpartition("@")
    if not domain.isascii():
        # Not the codec of Python: it takes straße.de for strasse.de, which is somebody else's.
        domain = validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    return Address(_header(display_name), local, domain)
