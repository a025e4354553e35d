"""What the site says about privacy until its owner does: true of this software as it is set up."""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.models.data.export import EXPORT_LIFETIME
from app.services.accounts.accounts import ERASE_AFTER, NAME_RESERVED_FOR
from app.services.accounts.security_events import SECURITY_EVENT_RETENTION
from app.services.accounts.sessions import ENDED_SESSION_RETENTION
from app.services.messages.notifications import NOTIFICATION_RETENTION
from app.services.posts.posts import PURGE_AFTER


def body(locale: str) -> str:
    """The text in Markdown, in the language `locale`."""
    with force_locale(locale):
        sections = (
            (_("What is stored"), _stored()),
            (_("Who sees it"), _seen()),
            (_("How long it stays"), _kept()),
            (_("What you can do"), _choices()),
        )
        return "\n\n".join(_section(title, list(items)) for title, items in sections)


def _section(title: str, items: list[str]) -> str:
    return "\n".join([f"## {title}", "", *(f"- {item}" for item in items)])


def _stored() -> Iterator[str]:
    yield _("Your username, your email address, and what you write in your profile.")
    yield _("Your password as a hash, from which no one can read it.")
    yield _("Your posts with their earlier versions, and your private messages.")
    yield _("Whom you follow, block, or mute, and which words you filter.")
    yield _("How far you have read in home, so it opens there on your other devices.")
    yield _(
        "For each device you sign in on: its browser, when it was used, "
        "and its network, which is less than the full address."
    )
    yield _(
        "Cookies that keep you signed in, recognize your device, and remember your language. "
        "None of them follows you anywhere else."
    )


def _seen() -> Iterator[str]:
    if current_app.config["PUBLIC_READING"]:
        yield _("Everyone can read public posts and profiles, also without an account.")
    else:
        yield _("Only members can read posts and profiles.")
    yield _("No one else sees your email address, except people who run this site.")
    yield _(
        "Private messages are for the two of you. "
        "They aren't encrypted, so whoever runs the server could read them."
    )
    yield _("Pages load nothing from other sites, and nothing is shared with advertisers.")
    if current_app.config["LIBRETRANSLATE_URL"] or current_app.config["MS_TRANSLATOR_KEY"]:
        yield _("When someone has a post translated, its text is sent to a translation service.")


def _kept() -> Iterator[str]:
    yield _("Posts you delete: %(days)s days, so you can bring them back.", days=PURGE_AFTER.days)
    yield _(
        "An account you close: %(days)s days, then it's erased with everything in it. "
        "Its username stays reserved for %(more)s days.",
        days=ERASE_AFTER.days,
        more=NAME_RESERVED_FOR.days,
    )
    yield _("Devices you signed out: %(days)s days.", days=ENDED_SESSION_RETENTION.days)
    yield _("Notifications: %(days)s days.", days=NOTIFICATION_RETENTION.days)
    yield _("The log of your sign-ins: %(days)s days.", days=SECURITY_EVENT_RETENTION.days)
    yield _("An archive of your data: %(days)s days.", days=EXPORT_LIFETIME.days)
    yield _(
        "Backups and the server's log: as long as the owner of this site keeps them. "
        "The log holds networks, not full addresses, and nothing that you write."
    )


def _choices() -> Iterator[str]:
    yield _("Download everything you wrote, in the settings under Archive.")
    yield _("Change or delete what you wrote, and close your account, at any time.")
    if contact := current_app.config["SITE_CONTACT"]:
        yield _("Ask the people who run this site: %(contact)s", contact=contact)
