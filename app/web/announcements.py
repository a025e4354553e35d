"""The announcement at the top of every page of a member."""

from __future__ import annotations

from flask import Flask, g
from markupsafe import Markup

from app.services.site import announcements
from app.services.site.announcements import Shown
from app.web.locale import page_language
from app.web.viewer import loaded_viewer


def announcement() -> Shown | None:
    """What the viewer has not dismissed; looked up once, on pages that show it."""
    person = loaded_viewer()
    if person is None or person.is_applicant:
        return None
    if "announcement" not in g:
        g.announcement = announcements.shown_to(person, page_language())
    shown: Shown | None = g.announcement
    return shown


def trusted(html: str) -> Markup:
    """HTML that was made from Markdown, without anything unsafe."""
    return Markup(html)  # noqa: S704 (made by parse_post)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["announcement"] = announcement
    app.jinja_env.filters["trusted"] = trusted
