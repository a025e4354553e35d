"""Pages about the site that its owner writes, and what they say until then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import page_html
from app.lib.text import length, normalize
from app.models import SitePage
from app.models.site.site_page import BODY_MAX
from app.services.errors import TextTooLongError
from app.services.site import audit, privacy_text, site_settings
from app.services.site.audit import Actor
from app.services.site.memory import Memory, reading_order


@dataclass(frozen=True)
class Shown:
    """A page as a reader sees it; `updated_at` None: what the product says by itself."""

    html: str
    language: str
    updated_at: datetime | None


Written = Mapping[tuple[str, str], Shown]


def shown(name: str, locale: str) -> Shown | None:
    """The page `name` for a reader of `locale`; None if there is none."""
    for language in reading_order(locale, languages_of(name)):
        return _memory.get()[name, language]
    body = default_body(name, locale)
    return Shown(page_html(body), locale, None) if body else None


def languages_of(name: str) -> list[str]:
    """In which languages the owner has written the page `name`."""
    return [language for page, language in _memory.get() if page == name]


def default_body(name: str, locale: str) -> str:
    """What the page says until the owner writes it; empty: it is not there until then."""
    return privacy_text.body(locale) if name == "privacy" else ""


def bodies() -> dict[tuple[str, str], str]:
    """What is written now, by name and language."""
    rows = db.session.execute(sa.select(SitePage.name, SitePage.language, SitePage.body))
    return {(name, language): body for name, language, body in rows}


def save(name: str, language: str, body: str, by: Actor) -> bool:
    """Set what a page says in a language; an empty `body` takes that language away.

    Returns whether anything changed. Raises TextTooLongError.
    """
    body = normalize(body)
    if length(body) > BODY_MAX:
        raise TextTooLongError(BODY_MAX)
    place = (SitePage.name == name, SitePage.language == language)
    page = db.session.scalar(sa.select(SitePage).where(*place).with_for_update())
    if body == (page.body if page else ""):
        return False
    if not body:
        db.session.execute(sa.delete(SitePage).where(*place))
    elif page is not None:
        page.body, page.updated_at = body, utcnow()
    else:
        db.session.add(SitePage(name=name, language=language, body=body))
    db.session.flush()
    audit.record("edit_page", by, target=f"{name} {language}")
    site_settings.count_change()
    return True


def _read() -> Written:
    rows = db.session.scalars(sa.select(SitePage).order_by(SitePage.name, SitePage.language))
    return {
        (row.name, row.language): Shown(page_html(row.body), row.language, row.updated_at)
        for row in rows
    }


_memory: Memory[Written] = Memory("site_pages", _read, {})
