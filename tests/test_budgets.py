"""What pages may cost on a site with many people and posts: statements, bytes, and the plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import Post, User
from tests.support.pages import Page, counted_statements, get_page, log_in_by_form
from tests.support.sites import open_site

pytestmark = pytest.mark.slow
POSTS = 10_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """A site with 10,000 posts that tests only read, and everybody's password."""
    # With a button below every post in another language.
    url = "http://localhost:5001"
    with open_site(tmp_path_factory.mktemp("town"), LIBRETRANSLATE_URL=url) as site:
        demo = ["demo", "--users", "500", "--posts", str(POSTS), "--seed", "11"]
        done = site.test_cli_runner().invoke(args=demo)
        assert done.exit_code == 0, done.output
        password = next(line for line in done.output.splitlines() if "password" in line.lower())
        yield site, password.split()[-1]


@pytest.fixture
def client(town: tuple[Flask, str]) -> FlaskClient:
    """Somebody who follows many, signed in."""
    site, password = town
    found = db.session.scalar(sa.select(User).order_by(User.following_count.desc()).limit(1))
    assert found is not None and found.following_count > 50
    client = site.test_client()
    log_in_by_form(client, found, password)
    return client


def author_with_most_posts() -> str:
    busiest = sa.select(User.username).order_by(User.posts_count.desc()).limit(1)
    return db.session.scalars(busiest).one()


def test_pages_stay_within_their_budget(client: FlaskClient, town: tuple[Flask, str]) -> None:
    middle = db.session.scalars(sa.select(sa.func.max(Post.id))).one() // 2
    name = author_with_most_posts()
    paths = ("/index", "/explore", f"/user/{name}", f"/user/{name}/followers", "/people")
    assert len(get_page(client, "/people?sort=followed").statements) < 6
    for path in paths:
        for cursor in ("", f"?before={middle}", "?page=7"):
            page = get_page(client, path + cursor)
            assert len(page.statements) < 6, page.statements
            assert full(page), path + cursor
    visitor = town[0].test_client()
    for path in ("/", "/explore", f"/user/{name}"):
        assert len(get_page(visitor, path).statements) <= 3


def test_search_stays_within_its_budget(client: FlaskClient) -> None:
    for query in ("the", "the&page=7", "the&sort=best", "the+on&before=5000", "的"):
        page = get_page(client, f"/search?q={query}")
        # One more than elsewhere: people are looked for too.
        assert len(page.statements) <= 6, page.statements
        assert full(page), query
    assert_walks_the_index(get_page(client, "/search?q=the").statements)


def assert_walks_the_index(statements: list[str]) -> None:
    """Finds come from the index by their ids: nothing is sorted, so reading ends with the page."""
    if db.engine.dialect.name != "sqlite":
        return  # its plans can be read off only once the tables have grown large
    (found,) = [statement for statement in statements if "post_search MATCH" in statement]
    # One value for each condition; they do not change the plan.
    parameters = ("public", *((1,) * (found.count("?") - 4)), '"the"', 26, 0)
    plan = db.session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + found, parameters)
    details = [row[-1] for row in plan]
    assert details[0].startswith("SCAN post_search VIRTUAL TABLE"), details
    assert not any("TEMP B-TREE" in detail for detail in details), details


def full(page: Page) -> bool:
    """Whether the page shows as many posts as fit on one, or people."""
    return len(page.all("article")) == 25 or bool(page.all("li"))


def test_no_page_reads_all_posts(client: FlaskClient) -> None:
    name = author_with_most_posts()
    for path in ("/index", "/explore", f"/user/{name}", "/index?before=5000"):
        for statement in get_page(client, path).statements:
            assert_seeks(statement)


def test_a_poll_for_new_posts_reads_none_of_strangers(client: FlaskClient) -> None:
    with counted_statements() as ran:
        answer = client.get("/notifications?posts_after=1")
    counts = {item["name"]: item["data"] for item in answer.json or []}
    assert counts["new_post_count"] == 26
    assert len(ran) < 6, ran
    for statement in ran:
        assert_seeks(statement)


def plan_of(statement: str) -> list[str]:
    """SQLite's steps for the statement; none on PostgreSQL."""
    if db.engine.dialect.name != "sqlite":
        return []
    parameters = tuple(1 for _ in range(statement.count("?")))
    plan = db.session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
    return [row[-1] for row in plan]


# Along the ids of posts until the page is full, or so many uses of tags are found.
WALKS = (("SCAN post", "ORDER BY post.id"), ("SCAN post_tag", "ORDER BY post_tag.post_id"))


def assert_seeks(statement: str) -> None:
    """No scan of a whole table, but for a walk along the ids that ends early."""
    for detail in plan_of(statement):
        is_walk = any(scan in detail and order in statement for scan, order in WALKS)
        # That would be every post newer than the one in view, whoever wrote it.
        assert "post USING INTEGER PRIMARY KEY (rowid>?" not in detail, detail
        assert "ix_post_deleted_at" not in detail, detail
        assert not detail.startswith("SCAN user") and "SCAN follow" not in detail, detail
        assert is_walk or "SCAN post" not in detail, detail
