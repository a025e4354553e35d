"""The daily digest: whose is due, each once a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app import outbox
from app.extensions import db
from app.lib.dates import utcnow, zone_named
from app.lib.tokens import random_token
from app.models import Digest, NotificationChoice, NotificationGroup, User
from app.services.messages.notification_choices import offers_email

BATCH = 200
# A transaction that writes a notification is over by then, so that none falls between two digests.
SETTLED = timedelta(minutes=1)


def queue_due() -> int:
    """Queue the digests that are due, a batch at a time. Returns of how many people.

    One is due from its hour until the end of the day, where its reader is; so it is late rather
    than lost while no worker runs, and comes once after days without. Being sent for a day is
    recorded in the same transaction.
    """
    now = utcnow()
    if not offers_email() or not (local := _local_times(now)):
        return 0
    due = db.session.execute(_due(local)).all()
    until = now - SETTLED
    by_day: dict[date, list[int]] = defaultdict(list)
    payloads: list[tuple[int | None, dict[str, Any]]] = []
    for user_id, time_zone, since, has_news in due:
        day = local[time_zone].date()
        by_day[day].append(user_id)
        if has_news and since < until:
            facts = {"since": since.isoformat(), "until": until.isoformat(), "day": day.isoformat()}
            payloads.append((user_id, {"user_id": user_id, "intent": random_token(12), **facts}))
    for day, user_ids in by_day.items():
        sent = sa.update(Digest).where(Digest.user_id.in_(user_ids), Digest.sent_on < day)
        sent = sent.values(
            sent_on=day,
            covered_until=sa.case(
                (Digest.covered_until < until, until), else_=Digest.covered_until
            ),
        )
        db.session.execute(sent.execution_options(synchronize_session=False))
    outbox.put_all("mail_digest", payloads)
    return len(due)


def _local_times(now: datetime) -> dict[str | None, datetime]:
    """What time it is, in each time zone of those who get a digest."""
    zones = sa.select(User.time_zone).join(Digest, Digest.user_id == User.id).distinct()
    return {zone: now.astimezone(zone_named(zone)) for zone in db.session.scalars(zones)}


def _due(local: dict[str | None, datetime]) -> sa.Select[*tuple[Any, ...]]:
    """The people whose digest is due, the time since which it tells, and if there is anything.

    Locked; a batch that another worker has locked is left to it.
    """
    is_digest = (NotificationChoice.user_id == Digest.user_id) & (
        NotificationChoice.delivery == "digest"
    )
    has_news = sa.exists().where(
        NotificationGroup.user_id == Digest.user_id,
        NotificationGroup.read_at.is_(None),
        NotificationGroup.created_at >= Digest.covered_until,
        NotificationGroup.name.in_(sa.select(NotificationChoice.name).where(is_digest)),
    )
    zones: dict[tuple[date, int], list[str | None]] = defaultdict(list)
    for zone, time in local.items():
        zones[time.date(), time.hour].append(zone)
    times = [_is_due(names, day, hour) for (day, hour), names in zones.items()]
    return (
        sa.select(Digest.user_id, User.time_zone, Digest.covered_until, has_news)
        .join(User, User.id == Digest.user_id)
        .where(
            sa.or_(*times),
            Digest.stopped_at.is_(None),
            sa.exists().where(is_digest),
            User.presence_clause(),
            User.applied_at.is_(None),
            User.email_verified_at.is_not(None),
        )
        .order_by(Digest.user_id)
        .limit(BATCH)
        .with_for_update(of=Digest, skip_locked=True)
    )


def _is_due(zones: Sequence[str | None], day: date, hour: int) -> sa.ColumnElement[bool]:
    names = [zone for zone in zones if zone is not None]
    in_zone: sa.ColumnElement[bool] = User.time_zone.in_(names)
    if None in zones:
        in_zone = sa.or_(in_zone, User.time_zone.is_(None))
    return sa.and_(in_zone, Digest.sent_on < day, Digest.hour <= hour)
