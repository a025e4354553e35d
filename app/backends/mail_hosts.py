"""Where the mail of a domain goes, if the site looks that up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, current_app

if TYPE_CHECKING:
    from app.backends.name_server import NameServer


def mail_hosts(domain: str) -> list[str]:
    """The hosts that take mail for `domain` (ASCII, lower case); empty where none are looked up."""
    server: NameServer | None = current_app.extensions["name_server"]
    return server.mail_hosts(domain) if server else []


def init_app(app: Flask) -> None:
    app.extensions["name_server"] = None
    if app.config["MX_LOOKUP"]:
        from app.backends.name_server import NameServer  # noqa: PLC0415

        app.extensions["name_server"] = NameServer(app.config["MX_LOOKUP"])
