"""Announcements: make and end them, show those of now, and remember who has read which.

Each process remembers those that are not over, so a page takes a statement only while there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.database.cursor import Cursor
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import parse_post
from app.lib.text import length, normalize
from app.models import Announcement, AnnouncementDismissal, AnnouncementText, User
from app.models.site.announcement import ANNOUNCEMENT_MAX
from app.services.errors import AnnouncementError
from app.services.site import audit, site_settings
from app.services.site.audit import Actor
from app.services.site.memory import Memory, reading_order

# For how long it is known who has read those that are over.
DISMISSAL_RETENTION = timedelta(days=1)


@dataclass(frozen=True)
class Remembered:
    """One that is not over, as safe HTML by language."""

    id: int
    starts_at: datetime
    ends_at: datetime | None
    html: Mapping[str, str]

    def is_shown(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True)
class Shown:
    """What a reader sees."""

    id: int
    language: str
    html: str


def create(
    texts: Mapping[str, str], starts_at: datetime, ends_at: datetime | None, by: Actor
) -> Announcement:
    """Show `texts` (by language) from `starts_at`, until `ends_at` if there is an end.

    Raises AnnouncementError without a text, for one that is too long, or for an end too early.
    """
    bodies = {language: normalize(text).strip() for language, text in texts.items()}
    bodies = {language: body for language, body in bodies.items() if body}
    is_too_long = any(length(body) > ANNOUNCEMENT_MAX for body in bodies.values())
    is_over = ends_at is not None and ends_at <= max(starts_at, utcnow())
    if not bodies or is_too_long or is_over:
        raise AnnouncementError
    announcement = Announcement(starts_at=starts_at, ends_at=ends_at)
    announcement.texts = [AnnouncementText(language=code, body=bodies[code]) for code in bodies]
    db.session.add(announcement)
    db.session.flush()
    audit.record("add_announcement", by, target=f"#{announcement.id}")
    site_settings.count_change()
    return announcement


def end(announcement_id: int, by: Actor) -> bool:
    """Show it no longer. Returns whether it was not over yet."""
    now = utcnow()
    is_it = Announcement.id == announcement_id
    goes_on = sa.or_(Announcement.ends_at.is_(None), Announcement.ends_at > now)
    row = sa.update(Announcement).where(is_it, goes_on).values(ends_at=now)
    if db.session.scalar(row.returning(Announcement.id)) is None:
        return False
    audit.record("end_announcement", by, target=f"#{announcement_id}")
    site_settings.count_change()
    return True


def page(cursor: Cursor) -> list[Announcement]:
    """A page of all that there were, newest first, with their texts."""
    rows = sa.select(Announcement).options(selectinload(Announcement.texts))
    return list(db.session.scalars(cursor.apply(rows, Announcement.id)))


def shown_to(person: User, locale: str) -> Shown | None:
    """The first of now that `person` has not dismissed, in the language `locale` if it can be."""
    now = utcnow()
    shown = [one for one in _memory.get() if one.is_shown(now)]
    if not shown:
        return None
    dismissed = sa.select(AnnouncementDismissal.announcement_id).where(
        AnnouncementDismissal.user_id == person.id,
        AnnouncementDismissal.announcement_id.in_([one.id for one in shown]),
    )
    done = set(db.session.scalars(dismissed))
    return next((_in_language(one, locale) for one in shown if one.id not in done), None)


def _in_language(one: Remembered, locale: str) -> Shown:
    language = reading_order(locale, one.html)[0]
    return Shown(one.id, language, one.html[language])


def dismiss(person: User, announcement_id: int) -> None:
    """Do not show it to `person` again; one that does not exist, or a second time, is fine."""
    chosen = sa.select(sa.literal(person.id), Announcement.id)
    chosen = chosen.where(Announcement.id == announcement_id)
    row = insert(AnnouncementDismissal).from_select(["user_id", "announcement_id"], chosen)
    db.session.execute(row.on_conflict_do_nothing())


def purge() -> int:
    """Forget who has read those that are over. Returns how many times that was."""
    over = Announcement.ends_at < utcnow() - DISMISSAL_RETENTION
    ids = sa.select(Announcement.id).where(over)
    old = sa.delete(AnnouncementDismissal).where(AnnouncementDismissal.announcement_id.in_(ids))
    return len(db.session.scalars(old.returning(AnnouncementDismissal.user_id)).all())


def _not_over() -> tuple[Remembered, ...]:
    """Also those that have not begun: they do without telling anybody."""
    goes_on = sa.or_(Announcement.ends_at.is_(None), Announcement.ends_at > utcnow())
    columns = (Announcement.id, Announcement.starts_at, Announcement.ends_at)
    texts = (AnnouncementText.language, AnnouncementText.body)
    rows = sa.select(*columns, *texts).join(Announcement.texts).where(goes_on)
    found: dict[int, Remembered] = {}
    for row in db.session.execute(rows.order_by(Announcement.starts_at, Announcement.id)):
        one = found.get(row.id)
        html = {} if one is None else dict(one.html)
        html[row.language] = parse_post(None, row.body).html({})
        found[row.id] = Remembered(row.id, row.starts_at, row.ends_at, html)
    return tuple(found.values())


_memory: Memory[tuple[Remembered, ...]] = Memory("announcements", _not_over, ())
