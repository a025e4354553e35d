"""A page is full while there are visible rows: posts that a viewer may not see never shorten it.

The product publishes only public posts so far. These tests store others, so that the first of them
finds every list ready for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app import db
from app.backends.search import database as database_search
from app.backends.search import gin
from app.database.cursor import Cursor
from app.lib.search.query import parse_query
from app.models import Post, User
from app.models.posts.timeline import home_of
from app.services.posts import posts, searches
from tests.support.databases import each_kind, new_url
from tests.support.factories import make_follow, make_post, make_user
from tests.support.searching import UTC_ZONE
from tests.support.sites import open_site

pytestmark = pytest.mark.slow

VISIBLE, HIDDEN = 30, 40
HIDE = sa.update(Post).values(visibility="followers")


@dataclass
class People:
    """Ana follows ben; cleo follows him too, and dora and emil, whose newest posts are hidden."""

    ana: User
    ben: User
    cleo: User
    # Ids of what ben wrote, newest first.
    visible: list[int]
    written: list[int]

    def viewer(self, name: str) -> User | None:
        return None if name == "visitor" else getattr(self, name)


def hide(ids: list[int]) -> None:
    """Make posts what nobody else may read."""
    db.session.execute(HIDE.where(Post.id.in_(ids)))
    db.session.commit()


@pytest.fixture(scope="module", params=each_kind())
def people(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[People]:
    """A site on each database, which the tests only read."""
    folder = tmp_path_factory.mktemp("site")
    url = new_url(request.param, folder, request)
    with open_site(folder, DATABASE_URL=url):
        yield settle()


def settle() -> People:
    ana, ben, cleo, dora, emil = map(make_user, ("ana", "ben", "cleo", "dora", "emil"))
    make_follow(ana, ben)
    for author in (ben, dora, emil):
        make_follow(cleo, author)
    for author in (dora, emil):
        make_post(author, "An early word.")
    written = [make_post(ben, "The bakery opens again. #fair").id for _ in range(VISIBLE + HIDDEN)]
    late = [make_post(author, "A late word.").id for author in (dora, emil)]
    # At both ends and in between; at each end more than a small page.
    hidden = {*written[:11], *written[-11:], *written[12:-11:3]}
    spare = [post_id for post_id in written if post_id not in hidden]
    hidden.update(spare[: HIDDEN - len(hidden)])
    hide([*hidden, *late])
    visible = [post_id for post_id in reversed(written) if post_id not in hidden]
    assert len(visible) == VISIBLE
    return People(ana, ben, cleo, visible, written[::-1])


def of_profile(viewer: User | None, cursor: Cursor) -> list[Post]:
    by_ben = Post.author_id.in_(sa.select(User.id).where(User.username == "ben"))
    return posts.page(Post.visible_to(viewer).where(by_ben), cursor)


def of_tag(viewer: User | None, cursor: Cursor) -> list[Post]:
    return posts.tagged_page("fair", viewer, cursor)


def of_explore(viewer: User | None, cursor: Cursor) -> list[Post]:
    """The newest posts of everybody, down to the first of ben."""
    page = posts.page(Post.visible_to(viewer), cursor)
    return [post for post in page if not post.body.startswith("An early")]


def of_search(viewer: User | None, cursor: Cursor) -> list[Post]:
    return searches.newest_posts(bakery(viewer), cursor)


def of_search_without_words(viewer: User | None, cursor: Cursor) -> list[Post]:
    request = searches.for_posts(parse_query("from:ben after:2000-01-01"), viewer, UTC_ZONE)
    return searches.newest_posts(request, cursor)


def bakery(viewer: User | None) -> searches.SearchRequest:
    return searches.for_posts(parse_query("bakery"), viewer, UTC_ZONE)


PUBLIC_LISTS = [of_explore, of_profile, of_search, of_search_without_words, of_tag]
PageOf = Callable[[User, Cursor], list[Post]]


def walk(page_of: PageOf, viewer: User | None, cursor: Cursor) -> Iterator[list[int]]:
    """The ids of each page, up to one that is not full."""
    while ids := [post.id for post in page_of(viewer, cursor)]:
        yield ids
        if len(ids) < cursor.limit:
            return
        cursor = cursor.beyond(ids[-1])


def slices(ids: list[int], size: int) -> list[list[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


@pytest.mark.parametrize("size", [3, 10, 26])
@pytest.mark.parametrize(
    ("page_of", "name"),
    [
        (home_of, "ana"),
        *((page_of, name) for page_of in PUBLIC_LISTS for name in ("cleo", "visitor")),
    ],
)
def test_every_page_but_the_last_is_full_in_both_directions(people, page_of, name, size):
    viewer = people.viewer(name)
    pages = list(walk(page_of, viewer, Cursor(size)))
    assert pages == slices(people.visible, size)
    # From the oldest hidden post of ben, since explore begins with others.
    start = people.written[-1] - 1
    pages = list(walk(page_of, viewer, Cursor(size, after=start)))
    assert pages == slices(people.visible[::-1], size)


@pytest.mark.parametrize("page_of", [home_of, of_profile, of_explore, of_search_without_words])
def test_authors_see_their_own_hidden_posts(people, page_of):
    pages = list(walk(page_of, people.ben, Cursor(26)))
    assert pages == slices(people.written, 26)


@pytest.mark.parametrize("page_of", [of_search, of_tag])
def test_lists_and_searches_of_everybody_have_none_even_for_their_author(people, page_of):
    pages = list(walk(page_of, people.ben, Cursor(26)))
    assert pages == slices(people.visible, 26)


def test_authors_whose_newest_posts_are_hidden_push_nobody_out_of_home(people):
    # As many authors are read as a page has posts: dora and emil would come first.
    page = [entry.id for entry in home_of(people.cleo, Cursor(2))]
    assert page == people.visible[:2]
    everything = [entry.post.author.username for entry in home_of(people.cleo, Cursor(99))]
    assert everything == ["ben"] * VISIBLE + ["emil", "dora"]


@pytest.mark.parametrize("name", ["ana", "visitor"])
def test_the_best_are_chosen_among_the_newest_that_may_be_seen(people, name, monkeypatch):
    assert sorted(searches.best_posts(bakery(people.viewer(name)))) == people.visible[::-1]
    monkeypatch.setattr(database_search, "WINDOW", 20)
    assert sorted(searches.best_posts(bakery(people.viewer(name)))) == people.visible[19::-1]
    own = searches.for_posts(parse_query("from:ben bakery"), people.ben, UTC_ZONE)
    assert sorted(searches.best_posts(own)) == people.written[19::-1]


def test_a_common_word_is_found_where_its_nearest_posts_are_hidden(people, monkeypatch):
    # On PostgreSQL the nearest rows are read first, and the index is asked when they do not do.
    monkeypatch.setattr(gin, "READ_MIN", 5)
    monkeypatch.setattr(gin, "READ_FACTOR", 1)
    pages = list(walk(of_search, people.ana, Cursor(10)))
    assert pages == slices(people.visible, 10)
