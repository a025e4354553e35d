"""Which pages about the site there are, for the links to them."""

from __future__ import annotations

from flask import Flask, current_app

from app.services.site import rules, site_pages
from app.web.viewer import viewer


def may_read_site_pages() -> bool:
    """Whoever may join has to know what they agree to, also where only members read posts."""
    # First, since that also looks whether the settings have changed.
    is_member, config = viewer() is not None, current_app.config
    return is_member or config["PUBLIC_READING"] or config["REGISTRATION"] != "closed"


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {
        "may_read_site_pages": may_read_site_pages,
        "has_rules": lambda: bool(rules.applied()),
        "has_terms": lambda: bool(site_pages.languages_of("terms")),
    }
