"""The page about the site: who runs it, who is here, and how to join."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.services.accounts import directory
from app.services.site import site_pages
from app.web.locale import page_language
from app.web.view_options import public
from app.web.viewer import viewer


@bp.get("/about")
@public
def about() -> ResponseReturnValue:
    # On a private site, visitors learn how to join and whom to ask, and nothing of its people.
    may_read = viewer() is not None or current_app.config["PUBLIC_READING"]
    return render_template(
        "site/about.html",
        written=site_pages.shown("about", page_language()),
        totals=directory.totals() if may_read else None,
        contact_url=_contact_url(current_app.config["SITE_CONTACT"]),
    )


def _contact_url(contact: str) -> str | None:
    """Where the contact leads if it is an address alone, of email or of a page."""
    if " " in contact:
        return None
    if contact.startswith(("https://", "http://")):
        return contact
    return f"mailto:{contact}" if contact.find("@") > 0 else None
