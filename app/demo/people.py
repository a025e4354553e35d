"""Sample members, and their follows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from app.demo.rows import Row, insert_rows
from app.extensions import db
from app.lib.dates import is_time_zone
from app.lib.search.documents import person_text
from app.models import Follow, FormerUsername, User
from app.services.posts import search_index


def taken_names() -> set[str]:
    """The folded usernames that are taken, including those of addresses @example."""
    addresses = sa.select(User.email_key).where(User.email_key.like("%@example.%"))
    names = {key.partition("@")[0] for key in db.session.scalars(addresses)}
    for keys in (sa.select(User.username_key), sa.select(FormerUsername.username_key)):
        names.update(db.session.scalars(keys))
    return names


def machine_time_zone() -> str:
    """The zone of this machine, whose owner probably reads the clock in it; UTC if unknown."""
    files = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    name = os.environ.get("TZ", "").removeprefix(":") or files
    return name if is_time_zone(name) else "UTC"


def add_people(people: Sequence[Row]) -> list[int]:
    """Add members, their counters included. Returns their ids in the same order."""
    ids = insert_rows(User, people)
    names = ("username", "display_name", "about_me")
    texts = (person_text(*(person[name] for name in names)) for person in people)
    search_index.write("user", dict(zip(ids, texts, strict=True)))
    return ids


def add_follows(follows: Sequence[Row]) -> None:
    """Add follows; the counters were set when the people were added."""
    db.session.execute(sa.insert(Follow), follows)
