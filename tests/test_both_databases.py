"""The same input has the same fate on SQLite and on PostgreSQL."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import Follow, Message, Participation, Post, Task, Token, User
from tests.support.commands import CommandLine
from tests.support.contents import contents, open_at
from tests.support.factories import PASSWORD, make_post, make_token, make_user
from tests.support.pages import log_in, log_in_by_form, send
from tests.support.servers import Postgresql

Sites = list[Flask]
FAMILY = "👩‍👩‍👧‍👦"
ACUTE = unicodedata.normalize("NFD", "é")
NUL = "a\0b"

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def sites(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Two sites that differ in their database alone."""
    with ExitStack() as stack:
        made = []
        for url in ("", postgresql.new_database()):
            site = stack.enter_context(open_at(tmp_path_factory.mktemp("site"), url))
            make_user("ana"), make_user("ben")
            db.session.remove()
            made.append(site)
        yield made


def verdict_of(sites: Sites, ask: Callable[[Flask], object]) -> object:
    """What both sites say; it is the same."""
    verdicts = []
    for site in sites:
        with site.app_context():
            verdicts.append(ask(site))
            db.session.rollback()
            for table in (Post, Follow, Task, Token):
                db.session.execute(sa.delete(table))
            people = User.username_key.not_in(["ana", "ben"])
            db.session.execute(sa.delete(User).where(people))
            db.session.commit()
    assert verdicts[0] == verdicts[1]
    return verdicts[0]


def ana() -> User:
    return db.session.scalars(User.named("ana")).one()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * 280, "a" * 280),
        ("a" * 281, None),
        ("😀" * 280, "😀" * 280),
        ("😀" * 281, None),
        (ACUTE * 280, "é" * 280),
        (FAMILY * 40, FAMILY * 40),
        ("点" * 280, "点" * 280),
        ("one\r\ntwo", "one\ntwo"),
        (" \t\n ", None),
        (NUL, None),
        ('it\'s "100%" \\x :name $1 %s ; --', 'it\'s "100%" \\x :name $1 %s ; --'),
        ("مرحبا \u202e abc", "مرحبا \u202e abc"),
        ("Iıİi ßẞ ǅ", "Iıİi ßẞ ǅ"),
    ],
)
def test_a_post(text: str, kept: str | None, sites: Sites) -> None:
    def publish(site: Flask) -> object:
        client = site.test_client()
        log_in(client, ana())
        answer = send(client, "/index", post=text)
        return answer.status_code < 400, db.session.scalar(sa.select(Post.body))

    assert verdict_of(sites, publish) == (kept is not None, kept)


@pytest.mark.parametrize("text", ["a", "a" * 280, "a" * 281, "😀" * 281, NUL, "", "\ud83d"])
def test_a_post_by_a_program(text: str, sites: Sites) -> None:
    def publish(site: Flask) -> object:
        secret = make_token(ana()).secret
        headers = {"Authorization": f"Bearer {secret}"}
        answer = site.test_client().post("/api/posts", json={"body": text}, headers=headers)
        return answer.status_code, db.session.scalar(sa.select(Post.body))

    status, _ = verdict_of(sites, publish)
    assert status in {201, 400, 422}


@pytest.mark.parametrize(
    ("username", "email", "is_new"),
    [
        ("dora", "dora@example.com", True),
        ("ANA", "dora@example.com", False),
        ("aNa", "dora@example.com", False),
        ("dora", "ANA@Example.COM", False),
        ("dora", "ana@EXAMPLE.com", False),
        ("d" * 30, "dora@example.com", True),
        ("d" * 31, "dora@example.com", False),
        ("d", "dora@example.com", False),
        ("dóra", "dora@example.com", False),
        ("İda", "dora@example.com", False),
        ("dora", "d" * 65 + "@example.com", False),
        ("do\0ra", "dora@example.com", False),
        ("dora", "dora\0@example.com", False),
    ],
)
def test_a_registration(username: str, email: str, is_new: bool, sites: Sites) -> None:
    def register(site: Flask) -> object:
        values = {"username": username, "email": email}
        values |= {"password": PASSWORD, "password2": PASSWORD}
        answer = send(site.test_client(), "/auth/register", **values)
        members = db.session.scalars(sa.select(sa.func.count(User.id))).one()
        return answer.status_code, members == 3

    verdict = verdict_of(sites, register)
    assert isinstance(verdict, tuple)
    assert verdict[1] == is_new
    assert verdict[0] in {302, 400, 422}


@pytest.mark.parametrize(
    "query",
    [
        "naive",
        "NAÏVE",
        "点心",
        "心",
        "👩‍👩‍👧‍👦",
        '"',
        "%",
        "_",
        "\\",
        "'",
        "a\0",
        "ß",
        "strasse",
        "OR",
    ],
)
def test_a_search(query: str, sites: Sites) -> None:
    def search(site: Flask) -> object:
        for words in ("A naïve plan", "点心 here", f"{FAMILY} at 100%", "Straße or_not"):
            make_post(ana(), words)
        answer = site.test_client().get("/search", query_string={"q": query})
        return answer.status_code, answer.text.count("<article")

    status, _ = verdict_of(sites, search)
    assert status < 500


@pytest.mark.parametrize("agent", ["a" * 5000, "ü" * 300, "Mozilla/5.0 \u202e"])
def test_what_a_browser_says_of_itself(agent: str, sites: Sites) -> None:
    def sign_in(site: Flask) -> object:
        headers = {"User-Agent": agent.encode().decode("latin-1")}
        client = site.test_client()
        client.environ_base |= {"HTTP_USER_AGENT": headers["User-Agent"]}
        return log_in_by_form(client, ana()).status_code

    assert verdict_of(sites, sign_in) == 302


ROWS: dict[str, Callable[[], Any]] = {
    "a title that is too long": lambda: Post(
        author_id=ana().id, title="t" * 1201, body="b", html=""
    ),
    "a body that is too long": lambda: Post(author_id=ana().id, body="b" * 100_001, html=""),
    "a reply to nothing": lambda: Post(author_id=ana().id, body="b", html="", reply_to_id=10**6),
    "no body": lambda: Post(author_id=ana().id, html=""),
    "nobody's post": lambda: Post(author_id=10**6, body="b", html=""),
    "an unknown visibility": lambda: Post(
        author_id=ana().id, body="b", html="", visibility="secret"
    ),
    "following oneself": lambda: Follow(follower_id=ana().id, followed_id=ana().id),
    "a message of nobody": lambda: Message(
        conversation_id=10**6, sender_id=10**6, recipient_id=ana().id, body="b", html=""
    ),
    "less than nothing unread": lambda: Participation(
        conversation_id=10**6, user_id=1, other_id=1, last_message_id=1, unread_count=-1
    ),
    "a key that does not fit the name": lambda: User(
        username="dora", email="d@x.org", email_key="d@x.org", password_hash="", theme="neon"
    ),
    "a name that is taken": lambda: User(
        username="ANA", email="d@x.org", email_key="d@x.org", password_hash=""
    ),
}


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_a_row_that_must_not_be(make: Callable[[], Any], sites: Sites) -> None:
    def insert(_site: Flask) -> object:
        db.session.add(make())
        with pytest.raises((sa.exc.IntegrityError, sa.exc.DataError)):
            db.session.flush()
        return None

    verdict_of(sites, insert)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 11, 21, 23, 59, 59, 999_999, timezone(timedelta(hours=14))),
        datetime(2026, 1, 1, tzinfo=timezone(-timedelta(hours=11, minutes=30))),
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(9999, 12, 30, tzinfo=UTC),
        datetime(1900, 1, 1, 0, 0, 0, 1, UTC),
    ],
    ids=str,
)
def test_a_moment(moment: datetime, sites: Sites) -> None:
    def keep(_site: Flask) -> object:
        post = make_post(ana(), "When?", created_at=moment)
        db.session.expire_all()
        is_later = sa.select(sa.func.count(Post.id)).where(Post.created_at > moment)
        kept = db.session.scalars(sa.select(Post.created_at).where(Post.id == post.id)).one()
        return kept, kept.tzinfo, db.session.scalar(is_later)

    assert verdict_of(sites, keep) == (moment, UTC, 0)


def test_a_moment_without_a_zone(sites: Sites) -> None:
    def keep(_site: Flask) -> object:
        with pytest.raises(sa.exc.StatementError, match="the datetime is not timezone-aware"):
            make_post(ana(), "When?", created_at=utcnow().replace(tzinfo=None))
        return None

    verdict_of(sites, keep)


TURKISH = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr'"


def test_a_machine_elsewhere_changes_nothing(postgresql: Postgresql, tmp_path: Path) -> None:
    """Neither the zone and language of the machine nor those of the database count."""
    there, back = postgresql.new_database(TURKISH), f"sqlite:///{tmp_path}/back.db"
    elsewhere = {"TZ": "Pacific/Apia", "LC_ALL": "tr_TR.UTF-8", "PGTZ": "Asia/Kathmandu"}
    with open_at(tmp_path / "here", ""):
        ida = make_user("IDA")
        make_post(ida, "Iıİi")
        before = contents()
        url = db.engine.url.render_as_string()
        db.session.remove()
        db.engine.dispose()
    CommandLine(tmp_path, url, elsewhere).succeed("data", "move", "--to", there)
    with open_at(tmp_path / "there", there):
        assert contents() == before
        assert db.session.scalars(User.named("ida")).one().check_password(PASSWORD)
    CommandLine(tmp_path, there, elsewhere).succeed("data", "move", "--to", back)
    with open_at(tmp_path / "back", back):
        assert contents() == before
