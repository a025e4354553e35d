"""How people choose to hear of what others do: by kind, from whom, and at which hour by digest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa
from flask import current_app

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow, zone_named
from app.models import Digest, Follow, NotificationChoice, User
from app.models.messages.notification import CHOOSABLE, FROM
from app.models.messages.notification_choice import DIGEST_HOUR, Delivery, FromWhom

# What a digest holds for somebody who wants one again and has no kind in it.
USUAL = ("reply", "mention")


@dataclass(frozen=True)
class Choice:
    """How somebody hears of one kind. The default costs no row, and nobody gets unasked emails."""

    delivery: Delivery = "site"
    from_whom: FromWhom = "everyone"


def offers_email() -> bool:
    """Whether this site sends emails, so that there is a choice of them."""
    return current_app.config["MAIL_SERVER"] is not None


def of(user: User) -> dict[str, Choice]:
    """What is in force for `user`, by kind: no email where there are none, or none anymore."""
    stopped = sa.select(Digest.stopped_at).where(Digest.user_id == user.id).scalar_subquery()
    rows = sa.select(NotificationChoice, stopped).where(NotificationChoice.user_id == user.id)
    choices = {name: Choice() for name in CHOOSABLE}
    for row, stopped_at in db.session.execute(rows):
        is_email = row.delivery in ("mail", "digest")
        is_over = row.delivery == "digest" and stopped_at is not None
        is_off = is_over or (is_email and not offers_email())
        if row.name in CHOOSABLE:
            choices[row.name] = Choice("site" if is_off else row.delivery, row.from_whom)
    return choices


def names_by(user: User, delivery: Delivery) -> list[str]:
    """The kinds of which `user` hears in this way."""
    return [name for name, choice in of(user).items() if choice.delivery == delivery]


def digest_hour_of(user: User) -> int:
    """The hour at which `user` gets their digest, in their time zone."""
    hour = db.session.scalar(sa.select(Digest.hour).where(Digest.user_id == user.id))
    return DIGEST_HOUR if hour is None else hour


def change(user: User, changes: Mapping[str, Choice], hour: int | None = None) -> None:
    """Have `user` hear of these kinds in these ways, and get their digest at `hour`."""
    before = of(user)
    after = before | {name: _possible(name, choice) for name, choice in changes.items()}
    # All of them, since what a digest that was ended left behind is not to come back with it.
    chosen = [
        {"user_id": user.id, "name": name, **vars(choice)}
        for name, choice in after.items()
        if choice != Choice()
    ]
    mine = sa.delete(NotificationChoice).where(NotificationChoice.user_id == user.id)
    db.session.execute(mine.where(NotificationChoice.name.in_(CHOOSABLE)))
    if chosen:
        # Two requests at once may choose the same.
        row = insert(NotificationChoice)
        change_to = {name: row.excluded[name] for name in ("delivery", "from_whom")}
        row = row.on_conflict_do_update(index_elements=["user_id", "name"], set_=change_to)
        db.session.execute(row, chosen)
    _set_digest(user, hour, had=_has_digest(before), has=_has_digest(after))


def _possible(name: str, choice: Choice) -> Choice:
    return choice if FROM in CHOOSABLE[name].choices else replace(choice, from_whom="everyone")


def _has_digest(choices: Mapping[str, Choice]) -> bool:
    return any(choice.delivery == "digest" for choice in choices.values())


def _set_digest(user: User, hour: int | None, *, had: bool, has: bool) -> None:
    row = db.session.get(Digest, user.id, with_for_update=True, populate_existing=True)
    if row is None and not has and hour in (None, DIGEST_HOUR):
        return
    hour = (row.hour if row else DIGEST_HOUR) if hour is None else hour
    last_day, now = _last_day(user, hour), utcnow()
    if row is None:
        first = {"hour": hour, "sent_on": last_day, "covered_until": now}
        upsert = insert(Digest).values(user_id=user.id, **first)
        db.session.execute(upsert.on_conflict_do_nothing())
        return
    is_begun = has and not had
    if is_begun or row.hour != hour:
        row.sent_on = max(row.sent_on, last_day)
    if is_begun:
        row.covered_until = now
    row.hour, row.stopped_at = hour, None
    db.session.flush()


def _last_day(user: User, hour: int) -> date:
    """The day before the next time that it is `hour` where `user` is."""
    now = utcnow().astimezone(zone_named(user.time_zone))
    return now.date() if now.hour >= hour else now.date() - timedelta(days=1)


def is_emailed(user: User, kind: str) -> bool:
    """Whether `user` gets emails about one kind at once, or (`digest`) their digest."""
    choices = of(user)
    return _has_digest(choices) if kind == "digest" else choices[kind].delivery == "mail"


def stop_emails(user: User, kind: str) -> None:
    """Send `user` no more emails about one kind, or (`digest`) no digest. It stays on the site."""
    if kind == "digest":
        row = sa.update(Digest).where(Digest.user_id == user.id, Digest.stopped_at.is_(None))
        db.session.execute(row.values(stopped_at=utcnow()))
    elif is_emailed(user, kind):
        change(user, {kind: replace(of(user)[kind], delivery="site")})


def resume_emails(user: User, kind: str) -> None:
    """Take that back. Repeating either changes nothing."""
    if is_emailed(user, kind):
        return
    if kind != "digest":
        change(user, {kind: replace(of(user)[kind], delivery="mail")})
        return
    rows = sa.select(NotificationChoice).where(
        NotificationChoice.user_id == user.id, NotificationChoice.delivery == "digest"
    )
    kept = {row.name: Choice(row.delivery, row.from_whom) for row in db.session.scalars(rows)}
    in_force = of(user)
    usual = {
        name: replace(in_force[name], delivery="digest")
        for name in USUAL
        if in_force[name].delivery == "site"
    }
    change(user, {name: kept[name] for name in kept if name in CHOOSABLE} or usual)


def verdicts(name: str, user_ids: Collection[int], actor_id: int) -> sa.Select[int, str]:
    """How those of `user_ids` who chose something hear of what `actor_id` does: their delivery."""
    follows = sa.exists().where(
        Follow.follower_id == NotificationChoice.user_id, Follow.followed_id == actor_id
    )
    is_unwanted = sa.and_(NotificationChoice.from_whom == "followed", ~follows)
    delivery = sa.case((is_unwanted, "none"), else_=NotificationChoice.delivery)
    return sa.select(NotificationChoice.user_id, delivery).where(
        NotificationChoice.user_id.in_(user_ids), NotificationChoice.name == name
    )
