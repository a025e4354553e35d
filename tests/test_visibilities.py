"""Who reads what is not for everybody: surface by relation and visibility, with each engine."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from app import db
from app.models import User
from app.services.community import follows, tag_follows
from app.services.posts import bookmarks, likes, posts, reposts
from app.services.posts.composition import compose
from tests import test_surfaces
from tests.support.factories import make_follow, make_post, make_token, make_user
from tests.support.memory_search import MemorySearch
from tests.support.pages import log_in
from tests.support.searching import settle

pytestmark = pytest.mark.slow

# Without the word that searches ask for, which they mark.
BODY = "Rye from the"
REPLY = "Bring two bags, says"
# Whoever looks: nobody in particular, a member, one who asked to follow the author, a follower,
# one whom the post mentions, whose post it answers, and the author.
RELATIONS = ("visitor", "stranger", "asked", "follower", "mentioned", "answered", "author")


@dataclass(frozen=True)
class Surface:
    """Where somebody looks for a post, and in which of RELATIONS they find it.

    One letter for each, by the visibility of the post: V, it shows; -, it does not.
    """

    url: str
    unlisted: str
    followers: str
    public: str = ""
    mark: str = BODY


# A post is not found below somebody else's question unless it answers it, so "answered" is as
# "stranger" for the post, and "mentioned" is as "stranger" for the reply.
NOWHERE = ("-------", "-------")
ALL_BUT_FOLLOWERS = ("VVVVVVV", "---VV-V")
MEMBERS = ("-VVVVVV", "---VV-V")
SURFACES = {
    "main.front": Surface("/", "---V--V", "---V--V"),
    "main.index": Surface("/index", "---V--V", "---V--V"),
    "main.explore": Surface("/explore", *NOWHERE, public="VVVVVVV"),
    "main.explore_feed": Surface("/explore/feed.json", *NOWHERE, public="VVVVVVV"),
    "main.tag": Surface("/tag/riverside", *NOWHERE, public="VVVVVVV"),
    "main.tag_feed": Surface("/tag/riverside/feed.atom", *NOWHERE, public="VVVVVVV"),
    "main.search": Surface("/search?q=oven", *NOWHERE, public="VVVVVVV"),
    "main.search best": Surface("/search?q=oven&sort=best", *NOWHERE, public="VVVVVVV"),
    "main.search tag": Surface("/search?q=%23riverside", *NOWHERE, public="VVVVVVV"),
    "main.search from": Surface("/search?q=from:ben+oven", "------V", "------V", "VVVVVVV"),
    "main.user": Surface("/user/ben", *ALL_BUT_FOLLOWERS, public="VVVVVVV"),
    "main.user_feed": Surface("/user/ben/feed.atom", *NOWHERE, public="VVVVVVV"),
    "main.user_replies": Surface("/user/ben/replies", "VVVVVVV", "---V-VV", mark=REPLY),
    "main.post": Surface("/post/{post}", *ALL_BUT_FOLLOWERS),
    "main.post alone": Surface("/post/{reply}", "VVVVVVV", "---V-VV", mark=REPLY),
    "main.post replies": Surface("/post/{question}", "VVVVVVV", "---V-VV", mark=REPLY),
    "main.post chain": Surface("/post/{thanks}", "VVVVVVV", "---V-VV", mark=REPLY),
    "main.reply": Surface("/post/{post}/reply", *MEMBERS),
    "main.post_menu": Surface("/post/{post}/menu", *MEMBERS),
    "main.new_filter": Surface("/settings/filters/new?post={post}", *MEMBERS),
    "main.post_history": Surface("/post/{post}/history", *ALL_BUT_FOLLOWERS),
    "main.index reposts": Surface("/index", "-VVVVVV", "---V--V", public="-VVVVVV"),
    "main.user reposts": Surface("/user/dora", "VVVVVVV", "-------", public="VVVVVVV"),
    "main.index tag": Surface("/index", "---V--V", "---V--V", public="-VVVVVV"),
    "main.post_reposts": Surface("/post/{post}/reposts", "VVVVVVV", "---VV-V", mark="dora"),
    "main.post_likes": Surface("/post/{post}/likes", "VVVVVVV", "---VV-V", mark="dora"),
    "main.liked_posts": Surface("/likes", "-VVVVV-", "---VV--"),
    "main.bookmarked_posts": Surface("/bookmarks", *MEMBERS),
    "main.notification_list": Surface("/notifications/all/mentions", "----V--", "----V--"),
    "main.notification_list replies": Surface(
        "/notifications/all/replies", "-----V-", "-----V-", mark=REPLY
    ),
    "main.report": Surface("/report?user=ben", "-VVVVV-", "---VV--"),
    "api.list_posts": Surface("/api/posts", *NOWHERE, public="-VVVVVV"),
    "api.public_timeline": Surface("/api/timelines/public", *NOWHERE, public="-VVVVVV"),
    "api.home_timeline": Surface("/api/timelines/home", "---V--V", "---V--V"),
    "api.home_timeline reposts": Surface(
        "/api/timelines/home", "-VVVVVV", "---V--V", public="-VVVVVV"
    ),
    "api.home_timeline tag": Surface("/api/timelines/home", "---V--V", "---V--V", public="-VVVVVV"),
    "api.list_reposts": Surface("/api/users/{dora}/reposts", "-VVVVVV", "-------"),
    "api.list_reposters": Surface("/api/posts/{post}/reposts", "-VVVVVV", "---VV-V", mark='"dora"'),
    "api.list_user_posts": Surface("/api/users/{ben}/posts", *MEMBERS),
    "api.get_post": Surface("/api/posts/{post}", *MEMBERS),
    "api.list_replies": Surface("/api/posts/{question}/replies", "-VVVVVV", "---V-VV", mark=REPLY),
    "api.list_ancestors": Surface(
        "/api/posts/{thanks}/ancestors", "-VVVVVV", "---V-VV", mark=REPLY
    ),
    "api.list_likes": Surface("/api/likes", "-VVVVV-", "---VV--"),
    "api.list_bookmarks": Surface("/api/bookmarks", *MEMBERS),
    "api.list_likers": Surface("/api/posts/{post}/likes", "-VVVVVV", "---VV-V", mark='"dora"'),
    "api.search": Surface("/api/search?q=oven", *NOWHERE, public="-VVVVVV"),
    "api.search from": Surface("/api/search?q=from:ben+oven", "------V", "------V", "-VVVVVV"),
}
CASES = [
    (name, visibility, relation)
    for name, surface in sorted(SURFACES.items())
    for visibility in ("public", "unlisted", "followers")
    for relation in RELATIONS
    if getattr(surface, visibility)
]


def prepare(app: Flask, visibility: str, relation: str) -> tuple[User | None, dict[str, int]]:
    """Whoever looks, and what the addresses name: ben writes, and answers what cleo asks."""
    ben, cleo = make_user("ben"), make_user("cleo")
    known = {"visitor": None, "author": ben, "answered": cleo}
    viewer = known[relation] if relation in known else make_user("ana")
    ben.approves_followers = True
    db.session.commit()
    if viewer and relation == "follower":
        make_follow(viewer, ben)
    if viewer and relation == "asked":
        assert not follows.follow(viewer, ben)
    names = " @ana" if relation == "mentioned" else ""
    text = f"{BODY} oven.{names} #riverside"
    question = make_post(cleo, "What shall we bring?")
    post = make_post(ben, f"{text} Soon.", visibility="public")
    reply = make_post(ben, f"{REPLY} Ben.", reply_to=question, visibility="public")
    thanks = make_post(cleo, "Thanks!", reply_to=reply)
    dora = make_user("dora")
    reposts.repost(dora, post)
    for person in {one.id: one for one in (viewer, dora) if one}.values():
        if person.id != ben.id:
            likes.like(person, post)
        bookmarks.bookmark(person, post)
    # It was for everybody at first: nothing that people have of it opens it.
    wish = None if visibility == "public" else visibility
    posts.edit(post, compose(text), visibility=wish)
    posts.edit(reply, compose(f"{REPLY} Ben."), visibility=wish)
    db.session.commit()
    rows = {"ben": ben, "post": post, "question": question, "reply": reply, "thanks": thanks}
    return viewer, {name: row.id for name, row in (rows | {"dora": dora}).items()}


def found_at(app: Flask, viewer: User | None, url: str) -> str:
    client, headers = app.test_client(), {}
    if viewer is not None and url.startswith("/api/"):
        headers["Authorization"] = f"Bearer {make_token(viewer).secret}"
    elif viewer is not None:
        log_in(client, viewer)
    response = client.get(url, headers=headers)
    assert response.status_code in (200, 302, 401, 403, 404), (url, response.status)
    return response.text if response.status_code == 200 else ""


def check(app: Flask, name: str, visibility: str, relation: str) -> None:
    surface = SURFACES[name]
    viewer, ids = prepare(app, visibility, relation)
    if viewer is not None and name in ("main.index reposts", "api.home_timeline reposts"):
        make_follow(viewer, db.session.get_one(User, ids["dora"]))
    if viewer is not None and name in ("main.index tag", "api.home_timeline tag"):
        tag_follows.follow(viewer, "riverside")
        db.session.commit()
    settle()
    expected = getattr(surface, visibility)[RELATIONS.index(relation)] == "V"
    found = found_at(app, viewer, surface.url.format(**ids))
    assert (surface.mark in found) is expected, found[:2000]


@pytest.mark.parametrize(("name", "visibility", "relation"), CASES)
def test_each_surface_shows_what_the_table_says(
    app: Flask, name: str, visibility: str, relation: str
) -> None:
    check(app, name, visibility, relation)


@pytest.mark.parametrize(
    ("name", "visibility", "relation"), [case for case in CASES if "search" in case[0]]
)
def test_an_engine_beside_the_database_finds_the_same(
    app: Flask, monkeypatch: pytest.MonkeyPatch, name: str, visibility: str, relation: str
) -> None:
    MemorySearch().use_in(app, monkeypatch)
    monkeypatch.setattr("tests.support.searching.refresh", lambda: None)
    check(app, name, visibility, relation)


def test_every_surface_with_posts_is_in_the_table() -> None:
    with_posts = {
        name.split()[0]
        for name, surface in test_surfaces.SURFACES.items()
        if surface.mark in (test_surfaces.BODY, test_surfaces.REPLY)
    }
    assert with_posts <= {name.split()[0] for name in SURFACES}
