"""Emails to members: queued in the transaction that causes them, rendered when they are sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import compress
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from flask import current_app
from flask_babel import force_locale, get_locale

from app import outbox
from app.backends.mail import Message
from app.extensions import db
from app.lib.dates import utcnow, zone_named
from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.text import excerpt, normalize
from app.lib.tokens import hash_token, random_token
from app.models import User
from app.models.messages.mail_opt_out import MAIL_KINDS
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.messages import notifications, subscriptions
from app.services.site import rate_limits, rules

# A User-Agent ends up in emails, and must not be long enough for spam.
FACT_MAX = 120
# Per address and kind: enough for a real user, too few to flood an inbox.
EMAILS_PER_DAY = 5
QUOTA_PERIOD = timedelta(days=1)
# All that an address gets before its owner has confirmed it: the links that do so.
CONFIRMING = frozenset({Purpose.VERIFY, Purpose.CHANGE_EMAIL, Purpose.RESET_PASSWORD})


@dataclass(frozen=True)
class QueuedMail:
    """A queued email, and its serialization as the payload of a job.

    The payload's keys must not change: jobs queued before an upgrade are sent after it.
    """

    template: str
    user_id: int
    to: str
    link: Purpose | None
    claims: dict[str, str]
    facts: dict[str, str]
    queued_at: datetime
    # Part of the Message-ID, so that mail clients can detect duplicates.
    intent: str
    # Name and language of somebody whose account goes in the same transaction.
    reader: dict[str, str | None] | None = None

    def to_payload(self) -> dict[str, Any]:
        payload = asdict(self) | {"queued_at": self.queued_at.isoformat()}
        if self.reader is None:
            # An older worker would not know it.
            del payload["reader"]
        return payload

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> QueuedMail:
        link = Purpose(payload["link"]) if payload["link"] else None
        queued_at = datetime.fromisoformat(payload["queued_at"])
        return cls(**payload | {"link": link, "queued_at": queued_at})


def queue(
    template: str,
    user: User,
    *,
    to: str | None = None,
    link: Purpose | None = None,
    claims: dict[str, str] | None = None,
    counted_as: str | None = None,
    **facts: str,
) -> bool:
    """Queue the email `template` to `user`, at `to` (else their address), for after the commit.

    `facts` are for the template, all but `words`, which staff wrote, shortened; the link, with
    `claims`, is signed when the email is sent.
    Whoever causes them, an address gets EMAILS_PER_DAY of a kind (`counted_as`, else the template),
    and before it is confirmed nothing but links that confirm it. Returns whether it was queued.
    """
    shown = {
        name: fact if name == "words" else excerpt(fact, FACT_MAX) for name, fact in facts.items()
    }
    # Also on the site, for people who rarely read email.
    if template in notifications.SECURITY_EVENTS:
        notifications.security(user, template, shown)
    address = to or user.email
    if not _may_be_sent(user, address, link) or _is_unwanted(user, template):
        return False
    if not consume_quota(_quota_key(address), counted_as or template, EMAILS_PER_DAY):
        return False
    queued = QueuedMail(
        template=template,
        user_id=user.id,
        to=address,
        link=link,
        claims=claims or {},
        facts=shown,
        queued_at=utcnow(),
        intent=random_token(12),
    )
    outbox.put("send_mail", queued.to_payload(), user_id=user.id)
    return True


def queue_last(template: str, user: User) -> bool:
    """Queue the email `template` to `user`, whose account goes in the same transaction.

    Returns whether it was queued, as `queue` does.
    """
    if not _may_be_sent(user, user.email, None):
        return False
    if not consume_quota(_quota_key(user.email), template, EMAILS_PER_DAY):
        return False
    reader = {"username": user.username, "language": user.language}
    intent = random_token(12)
    queued = QueuedMail(template, user.id, user.email, None, {}, {}, utcnow(), intent, reader)
    outbox.put("send_mail", queued.to_payload())
    return True


def consume_quota(recipient: str, kind: str, per_day: int) -> bool:
    """Whether `recipient` may get one more email of this kind; counts it, in this transaction.

    Each email holds one of `per_day` slots for a day, so that the limit holds for any 24 hours,
    even under concurrency.
    """
    key = hash_token(f"{recipient}/{kind}")
    slots = (f"mail/{key}/{slot}" for slot in range(per_day))
    return any(rate_limits.claim(slot, QUOTA_PERIOD) for slot in slots)


def compose(payload: dict[str, Any]) -> Message | None:
    """The email that was queued, or None when it is obsolete.

    Raises MailError for an address or a name that would break a header.
    """
    queued = QueuedMail.from_payload(payload)
    user = db.session.get(User, queued.user_id)
    if user is None and queued.reader is not None:
        return render(queued, User(**queued.reader))
    if user is None or not _is_wanted(user, queued.link, queued.to):
        return None
    if not user.owns_email:
        return _compose_notice(queued)
    return render(queued, user)


def _compose_notice(queued: QueuedMail) -> Message | None:
    """What the owner of an address gets when somebody else is to confirm it.

    Decided here, in the worker, so that the request takes the same time and writes the same rows
    whether an address is known or not. It was counted when it was queued, for the same address.
    """
    key = parse_email(queued.to)[1]
    owner = db.session.scalar(User.active().where(User.email_key == key))
    if queued.link is not Purpose.VERIFY or owner is None:
        return None
    notice = replace(
        queued, template="already_registered", user_id=owner.id, to=owner.email, link=None
    )
    return render(notice, owner)


def language_of(user: User) -> str:
    """The language of emails to `user`."""
    config = current_app.config
    is_known = user.language in config["LANGUAGES"]
    return str(user.language if is_known else config["DEFAULT_LANGUAGE"])


def render(queued: QueuedMail, user: User, extra: Mapping[str, Any] | None = None) -> Message:
    """The email to `user`, in their language; `extra` is for its template besides the facts."""
    with force_locale(language_of(user)):
        context = {**_context(user, queued), **(extra or {})}
        unsubscribe_url = context["unsubscribe_url"]
        subject, text, html = (
            current_app.jinja_env.get_template(f"email/{queued.template}/{part}").render(context)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    body, name = normalize(text) + "\n", f"{queued.template}.{queued.intent}"
    message = Message(_as_header(subject), queued.to, body, html, name=name)
    if unsubscribe_url:
        message.offer_unsubscribing(str(unsubscribe_url))
    return message


def _as_header(text: str) -> str:
    """`text` without the signs of names that no header may have; a line break stays an error."""
    is_fine = (char.isprintable() or unicodedata.category(char) == "Cc" for char in text.strip())
    return "".join(compress(text.strip(), is_fine))


def _may_be_sent(user: User, address: str, link: Purpose | None) -> bool:
    """Whether the address is confirmed, or `link` is there to confirm it."""
    if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        return True
    return link in CONFIRMING or (user.is_verified and address == user.email)


def _is_unwanted(user: User, template: str) -> bool:
    return template in MAIL_KINDS and template in subscriptions.unwanted_by(user)


def _quota_key(address: str) -> str:
    """One key for all spellings of an address, so that another one gets no more emails."""
    try:
        return parse_email(address)[1]
    except EmailSyntaxError:
        return address


def _is_wanted(user: User, link: Purpose | None, to: str) -> bool:
    """Whether the address may still receive this link, which is signed now, not when queued.

    A user may have changed the address, because somebody else controls it, in the meantime.
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


def _context(user: User, queued: QueuedMail) -> dict[str, str | int]:
    config = current_app.config
    zone = zone_named(user.time_zone)
    # An unconfirmed address may be a stranger's, so free text of the user must not go there.
    is_theirs = user.is_verified and queued.to == user.email
    site_url = config["BASE_URL"]
    return {
        "site_name": config["SITE_NAME"],
        "site_url": site_url,
        "sign_in_url": f"{site_url}/auth/login",
        "reset_url": f"{site_url}/auth/reset_password_request",
        "name": user.name if is_theirs else user.username,
        "username": user.username,
        "language": str(get_locale()),
        "when": _readable(format_datetime(queued.queued_at, "long", zone, get_locale())),
        "reset_minutes": config["RESET_TOKEN_MINUTES"],
        "link": links.address_of(queued.link, user, **queued.claims) if queued.link else "",
        "unsubscribe_url": _unsubscribe_url(queued, user),
        **queued.facts,
        **_about_decision(queued.facts, zone),
    }


def short_time(at: datetime, zone: ZoneInfo) -> str:
    """A time as emails write it that need no seconds, in the language in force."""
    locale = get_locale()
    time = format_time(at, "short", zone, locale)
    day = format_date(at.astimezone(zone), "medium", locale)
    return _readable(locale.datetime_formats["medium"].format(time, day))


def _readable(time: str) -> str:
    # Many mail clients cannot display the narrow space before "PM".
    return time.replace("\u202f", " ")


def _unsubscribe_url(queued: QueuedMail, user: User) -> str:
    """Where one ends emails of this kind; empty if nobody can do without them."""
    if queued.template not in MAIL_KINDS:
        return ""
    return links.address_of(Purpose.UNSUBSCRIBE, user, kind=queued.template)


def _about_decision(facts: Mapping[str, str], zone: ZoneInfo) -> dict[str, str]:
    """The rule and the end of a decision, in the reader's language."""
    shown: dict[str, str] = {}
    if facts.get("until"):
        until = datetime.fromisoformat(facts["until"]).astimezone(zone)
        shown["until"] = format_date(until, "long", get_locale())
    if facts.get("rule_id"):
        rule = rules.named(int(facts["rule_id"]), str(get_locale()))
        shown["rule"] = rule.title if rule else ""
    return shown
