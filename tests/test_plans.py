"""What the databases do for each page of a large site: nobody reads what the page does not show.

Not the plan is compared, which each version of a database writes in its own words, but the work:
rows read by PostgreSQL, steps taken by SQLite's virtual machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from app import db
from app.lib.dates import utcnow
from app.lib.search.documents import BUCKET_BITS
from app.models import Post, User
from tests.support.big_site import ANSWERED, DISCUSSED, POSTS, settle
from tests.support.databases import new_url, tried_kinds
from tests.support.factories import make_token
from tests.support.pages import BOOKKEEPING, log_in
from tests.support.sites import open_site

pytestmark = [pytest.mark.slow, pytest.mark.server]

# Home reads a few rows of each of the 1,000 followed, and asks for each whether somebody who
# replies more than is read replied to them. A search reads the 2,000 nearest posts, and then all
# hits among the 16,384 of a bucket of ids, but not those of the rest.
ROWS_MAX = 12_000
# Similarly; to read every post would take many times as many.
STEPS_MAX = 100_000
# Where two of the followed reply or repost more than is read of anybody, and many others a little.
STEPS_OF_BUSY_HOME = 250_000
# Of each of 100 people 100 follows are grouped by who is followed.
STEPS_OF_FOLLOWED = 650_000
STEPS_OF = {"/index": STEPS_OF_BUSY_HOME, "/timelines/home": STEPS_OF_BUSY_HOME}
STEPS_OF |= dict.fromkeys(("/people?sort=followed", "/users?sort=followed"), STEPS_OF_FOLLOWED)
STEPS_COUNTED = 50
# Numbered pages skip those before them, in an index alone: each takes a dozen steps.
FAR_PAGE = 40

PAGES = (
    "/index",
    f"/index?before={POSTS // 2}",
    "/index?after=5",
    "/explore",
    f"/explore?before={POSTS // 2}",
    "/explore?after=5",
    "/user/person0000",
    f"/user/person0000?before={POSTS // 2}",
    "/user/person0000/followers",
    "/user/person0000/followers?before=1000",
    "/user/person0000/popup",
    "/user/person0000/feed.atom",
    "/user/reader/following?before=500",
    "/tag/fair",
    f"/tag/fair?before={POSTS // 2}",
    "/tag/past",
    "/tag/past?after=5",
    "/tag/fair/feed.json",
    "/search?q=bread",
    "/search?q=bread&page=7",
    "/search?q=older",
    "/search?q=newer",
    "/search?q=older+newer",
    "/search?q=nowhere",
    "/search?q=%22older+bread%22",
    "/search?q=%22bread+older%22",
    "/search?q=%22bread+the%22",
    "/search?q=bread&sort=best",
    "/search?q=older&sort=best",
    "/search?q=bread+before:{day}",
    "/search?q=bread+after:{day}",
    "/search?q=before:{day}",
    "/search?q=bread+from:person0003",
    "/search?q=bread+%23past",
    "/search?q=bread+lang:es",
    "/search?q=person00",
    "/people",
    "/people?before=15000",
    "/people?sort=active",
    "/people?sort=active&before=15000",
    "/people?sort=active&before=15000&day={month}",
    "/people?sort=active&after=15000&day={month}",
    "/people?sort=name",
    "/people?sort=followed",
    "/people?q=person00",
    "/messages",
    "/messages/friend",
    "/messages/friend?before=2000",
    "/notifications/all",
    "/notifications/all?before=2000",
    "/notifications/all/mentions",
    "/notifications/all/likes",
    "/notifications?since=0&posts_after=1",
    f"/post/{POSTS - 1}",
    f"/post/{POSTS - 1}/likes",
    f"/post/{POSTS - 1}/likes?before=15000",
    f"/post/{DISCUSSED}",
    f"/post/{DISCUSSED}?after={POSTS + 2500}",
    f"/post/{DISCUSSED}?hidden=1&after={POSTS + 2500}",
    f"/post/{POSTS + 5000}",
    f"/post/{ANSWERED - 20}",
    "/user/person0008/replies",
    "/user/person0000/replies",
    "/user/person0009",
    "/user/person0009?before=50000",
    "/user/person1010",
    f"/post/{POSTS - 1}/reposts",
    f"/post/{POSTS - 1}/reposts?before=60000",
    "/likes",
    "/likes?before=2000",
    "/bookmarks",
    "/bookmarks?before=2000",
    "/bookmarks?after=2000",
    "/settings/deleted",
)
OPERATIONS = (
    "/users?per_page=100",
    f"/users?per_page=100&page={FAR_PAGE}",
    "/users?per_page=100&after=1000",
    "/users?per_page=100&sort=new&after=15000",
    "/users?per_page=100&sort=active",
    "/users?per_page=100&sort=active&after=15000",
    "/users?sort=followed",
    "/users/3/followers?per_page=100",
    f"/users/3/followers?per_page=100&page={FAR_PAGE}",
    "/users/3/posts",
    "/users/1/following?page=9",
    "/posts",
    f"/posts?before={POSTS // 2}",
    "/timelines/home",
    "/timelines/home/marker",
    "/timelines/public",
    f"/posts/{DISCUSSED}/replies",
    f"/posts/{POSTS + 5000}/ancestors",
    f"/posts/{ANSWERED - 20}/ancestors",
    f"/posts/{POSTS - 1}/likes",
    f"/posts/{POSTS - 1}/reposts",
    "/users/12/reposts",
    "/likes",
    "/bookmarks",
    "/messages",
    "/messages/2",
    "/notifications",
    "/notifications/groups",
    "/search?q=older",
)


def databases() -> Iterator[Any]:
    for kind in tried_kinds():
        # A site that nobody tends has no statistics on SQLite; PostgreSQL makes its own.
        yield from ("sqlite", "sqlite with statistics") if kind == "sqlite" else (kind,)


@pytest.fixture(scope="module", params=databases())
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """A large site on each database, which tests only read."""
    folder = tmp_path_factory.mktemp("town")
    with open_site(folder, DATABASE_URL=new_url(request.param, folder, request)) as site:
        settle()
        if request.param == "postgresql":
            # As the server itself makes them: with all the time it takes.
            db.session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        if request.param != "sqlite":
            db.session.execute(sa.text("ANALYZE"))
            db.session.commit()
        yield site


@pytest.fixture
def client(town: Flask) -> FlaskClient:
    client = town.test_client()
    log_in(client, db.session.scalars(User.named("reader")).one())
    return client


Sent = list[tuple[str, Any]]


def sent_by(client: FlaskClient, path: str, **headers: str) -> Sent:
    """The statements that a page sends, with their values."""
    # Whoever asks first has people counted, which is remembered for a while.
    client.get(path, headers=headers)
    sent: Sent = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if not statement.startswith(BOOKKEEPING):
            sent.append((statement, values))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        answer = client.get(path, headers=headers)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert answer.status_code == 200, (path, answer.status)
    return sent


def assert_reads_little(sent: Sent, path: str = "") -> None:
    is_sqlite = db.engine.dialect.name == "sqlite"
    measure = steps_of if is_sqlite else rows_of
    most = STEPS_OF.get(path, STEPS_MAX) if is_sqlite else ROWS_MAX
    with db.engine.connect() as connection:
        for statement, values in sent:
            assert measure(connection, statement, values) <= most, statement


def steps_of(connection: sa.Connection, statement: str, values: Any) -> int:
    """How many steps SQLite takes, about."""
    driver: Any = connection.connection.dbapi_connection
    count = 0

    def step() -> None:
        nonlocal count
        count += STEPS_COUNTED

    driver.set_progress_handler(step, STEPS_COUNTED)
    try:
        with closing(driver.execute(statement, values)) as rows:
            rows.fetchall()
    finally:
        driver.set_progress_handler(None, 0)
    return count


def rows_of(connection: sa.Connection, statement: str, values: dict[str, Any]) -> int:
    """How many rows PostgreSQL reads, by a plan for these values or for any, whichever is worse.

    It may choose either for a statement that comes again and again.
    """
    driver: Any = connection.connection.dbapi_connection
    numbers = {name: f"${number}" for number, name in enumerate(values, 1)}
    numbered = re.sub(r"%\((\w+)\)s", lambda match: numbers[match[1]], statement)
    driver.execute(f"PREPARE page AS {numbered.replace('%%', '%')}")
    given = sql.SQL(", ").join(map(sql.Literal, values.values()))
    run = sql.SQL("EXECUTE page({})" if values else "EXECUTE page").format(given)
    explain = sql.SQL("EXPLAIN (ANALYZE, TIMING off, FORMAT json) ") + run
    read = []
    for mode in ("force_custom_plan", "force_generic_plan"):
        driver.execute(f"SET LOCAL plan_cache_mode = {mode}")
        (plan,) = driver.execute(explain).fetchone()
        read.append(read_by(plan[0]["Plan"]))
    driver.execute("DEALLOCATE page")
    return max(read)


def read_by(node: dict[str, Any]) -> int:
    """What this node and those below it have read from tables and indexes."""
    parts = node.get("Plans", [])
    own = 0
    if "Relation Name" in node:
        names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        own = round(sum(node.get(name, 0) for name in names) * node["Actual Loops"])
    return own + sum(map(read_by, parts))


@pytest.mark.parametrize("path", PAGES)
def test_no_page_reads_more_than_it_shows(client: FlaskClient, path: str) -> None:
    # Of its last bucket of ids a search reads everything, so the day begins near its end.
    written = sa.select(sa.func.max(Post.created_at)).where(Post.id < 2 * 2**BUCKET_BITS)
    day = db.session.scalars(written).one().date()
    month = utcnow().date() - timedelta(days=20)
    assert_reads_little(sent_by(client, path.format(day=day, month=month)), path)


@pytest.mark.parametrize(
    "path",
    [
        "/index",
        "/explore",
        "/explore?after=5",
        "/tag/fair",
        "/search?q=bread",
        "/people?q=person00",
        "/people?sort=active",
        "/user/person0000",
        "/user/person0000/followers",
        "/messages",
        "/notifications/all",
        "/notifications?since=0&posts_after=1",
    ],
)
def test_no_page_of_somebody_whom_thousands_block_does_either(town: Flask, path: str) -> None:
    client = town.test_client()
    log_in(client, db.session.scalars(User.named("friend")).one())
    assert_reads_little(sent_by(client, path))


# Of its author, nearly all posts are for followers.
READ_BY_FEW = "/user/person2203"


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/explore", "/user/person0000", f"/post/{POSTS - 1}"),
        *(READ_BY_FEW, f"{READ_BY_FEW}?before={POSTS}", f"{READ_BY_FEW}/feed.atom"),
    ],
)
def test_no_page_for_visitors_does_either(town: Flask, path: str) -> None:
    assert_reads_little(sent_by(town.test_client(), path))


@pytest.mark.parametrize("path", OPERATIONS)
def test_no_operation_of_the_api_does_either(town: Flask, path: str) -> None:
    reader = db.session.scalars(User.named("reader")).one()
    secret = make_token(reader).secret
    sent = sent_by(town.test_client(), f"/api{path}", Authorization=f"Bearer {secret}")
    assert_reads_little(sent, path)
