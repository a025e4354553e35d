"""Where the mail of a domain goes, if the site looks that up."""

from __future__ import annotations

from typing import Protocol

from flask import Flask, current_app


class MailHosts(Protocol):
    """Who knows it."""

    def of(self, domain: str) -> list[str]:
        """The hosts that take mail for `domain`; empty if it has none or nobody knows now."""


def mail_hosts(domain: str) -> list[str]:
    """The hosts that take mail for `domain` (ASCII, lower case); empty where none are looked up."""
    known: MailHosts | None = current_app.extensions["mail_hosts"]
    return known.of(domain) if known else []


def init_app(app: Flask) -> None:
    app.extensions["mail_hosts"] = None
    if app.config["MX_LOOKUP"]:
        from app.backends.name_server import NameServer  # noqa: PLC0415

        app.extensions["mail_hosts"] = NameServer(app.config["MX_LOOKUP"])
