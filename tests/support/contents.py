"""A site with some of everything in it, and all that its database holds, to compare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import db, outbox
from app.lib.dates import utcnow
from app.models import DailyFigure, Notification, Post, RateLimit, Submission, Translation, User
from app.services.accounts import blocklist
from app.services.messages import notification_choices
from app.services.messages.notification_choices import Choice
from app.services.posts import posts
from app.services.posts.composition import compose_in
from app.services.site import audit
from app.services.site.audit import Actor
from tests.support import rules
from tests.support.factories import make_follow, make_message, make_post, make_token, make_user
from tests.support.pages import log_in
from tests.support.roles import BUILTIN, give_role, make_role
from tests.support.sites import open_site

HARD_WORDS = 'naïve 点心 👩‍👩‍👧‍👦 "quoted" 100% :colon \\back'


@contextmanager
def open_at(folder: Path, url: str, **settings: str) -> Iterator[Flask]:
    with open_site(folder, DATABASE_URL=url, **settings) as site:
        yield site


def fill(site: Flask) -> int:
    """Add people and what they did. Returns the highest id that a post ever had."""
    ana, ben = make_user("ana", display_name="Ana 点"), make_user("ben")
    make_follow(ana, ben)
    first = make_post(ana, HARD_WORDS)
    make_message(ana, ben, "See you at the bakery?")
    make_token(ben)
    give_role(ana, "moderator")
    make_role("Helpers", "write", "see_jobs")
    blocklist.add("domain", "junk.example", Actor(ana), note="ñ")
    audit.record("verify_address", Actor(ana, "198.51.100.0/24"), person=ben, reason="ñ")
    log_in(site.test_client(), ana)
    posts.edit(first, compose_in("en", f"{HARD_WORDS} #bread"))
    notification_choices.change(ana, {"like": Choice("digest", "followed")}, 18)
    now = utcnow()
    db.session.add_all(
        [
            RateLimit(key="sign-in:ana", hits=3, expires_at=1e9 / 3),
            DailyFigure(day=now.date(), kind="posts", value=3),
            Translation(post_id=first.id, language="es", version="1" * 64, text="ñ"),
            Submission(user_id=ana.id, key_hash="2" * 64, request_hash="3" * 64, expires_at=now),
            Notification(name="mention", user_id=ben.id, payload={"b": [1, None], "a": "é"}),
        ]
    )
    outbox.put("purge", {"since": now.isoformat()})
    erased = make_post(ben, "Soon forgotten.")
    db.session.delete(erased)
    db.session.commit()
    return erased.id


def contents() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    held = {
        table.name: sorted(repr(tuple(row)) for row in db.session.execute(sa.select(table)))
        for table in db.metadata.sorted_tables
    }
    db.session.commit()
    return held


def is_empty() -> bool:
    """Whether there is nothing but the roles and rules that every database has."""
    return sum(map(len, contents().values())) == len(BUILTIN) + len(rules.DEFAULT_IDS)


def flask(site: Flask, *words: str) -> Result:
    """Run a command of the site while nothing else has its database open."""
    db.session.remove()
    db.engine.dispose()
    result = site.test_cli_runner().invoke(args=list(words))
    db.engine.dispose()
    return result


def succeed(site: Flask, *words: str) -> str:
    result = flask(site, *words)
    assert result.exit_code == 0, result.output
    return result.output


def fail(site: Flask, *words: str) -> str:
    """Run a command that has to say in one line why it does not do it. Returns that line."""
    result = flask(site, *words)
    assert result.exit_code == 1, result.output
    return result.output.splitlines()[-1].removeprefix("Error: ")


def assert_goes_on(site: Flask, before: dict[str, list[str]], highest: int) -> None:
    """The site holds what was `before`, people sign in and find, and ids go on."""
    assert contents() == before
    client = site.test_client()
    ana = db.session.scalars(User.named("ana")).one()
    log_in(client, ana)
    assert HARD_WORDS[:5] in client.get("/search?q=点心").text
    assert "nothing" not in client.get("/search?q=bread").text
    post = make_post(ana, "The first one here.")
    assert post.id == highest + 1
    assert db.session.scalars(sa.select(Post.id).where(Post.id == post.id)).one()
