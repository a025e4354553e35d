"""What a block and a mute hide, on every surface that shows people or what they wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from app import db
from app.models import FollowRequest, Post, User
from app.services.community import blocks, follows, mutes, tag_follows
from app.services.posts import bookmarks, likes, posts, reposts
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_message, make_post, make_token
from tests.support.memory_search import MemorySearch
from tests.support.moderation import decide
from tests.support.pages import log_in
from tests.support.searching import settle

pytestmark = pytest.mark.slow

# Without the word that searches ask for, which they mark.
BODY = "Rye from the"
NAME = "Ben Ortega"
LINK = 'href="/user/ben"'
QUESTION = "Where is it dry?"
REPLY = "The north bank is dry."
MESSAGE = "Between us"
RELATIONS = ("stranger", "follower", "muted", "blocked", "blocking", "silenced", "suspended")


@dataclass(frozen=True)
class Surface:
    """Where ana looks, what of ben she may find there, and in which relations she finds it.

    One letter for each of RELATIONS: V, it shows; -, it does not. "Muted": she follows and mutes
    him. "Blocked": she blocks him. "Blocking": he blocks her. "Silenced" and
    "suspended": moderators have done that to him, and she does not follow him.
    """

    url: str
    mark: str
    shows: str


SURFACES = {
    "main.front": Surface("/", BODY, "-V-----"),
    "main.index": Surface("/index", BODY, "-V-----"),
    "main.explore": Surface("/explore", BODY, "VV-----"),
    "main.tag": Surface("/tag/riverside", BODY, "VV-----"),
    "main.search": Surface("/search?q=oven", BODY, "VV-----"),
    "main.search best": Surface("/search?q=oven&sort=best", BODY, "VV-----"),
    "main.search from": Surface("/search?q=from:ben+oven", BODY, "VV-----"),
    "main.search people": Surface("/search?q=ortega&in=people", LINK, "VVV--V-"),
    "main.people": Surface("/people", LINK, "VVV--V-"),
    "main.complete": Surface("/complete?start=@be", "@ben", "VVV--V-"),
    "main.people active": Surface("/people?sort=active", LINK, "VVV--V-"),
    "main.people followed": Surface("/people?sort=followed", LINK, "V----V-"),
    "main.welcome_people": Surface("/welcome/people", LINK, "V----V-"),
    "main.user": Surface("/user/ben", BODY, "VVV----"),
    "main.user name": Surface("/user/ben", NAME, "VVVV-V-"),
    "main.user_popup": Surface("/user/ben/popup", NAME, "VVV--V-"),
    "main.user_feed": Surface("/user/ben/feed.atom", BODY, "VVV----"),
    "main.explore_feed": Surface("/explore/feed.json", BODY, "VV-----"),
    "main.tag_feed": Surface("/tag/riverside/feed.atom", BODY, "VV-----"),
    "main.followers": Surface("/user/cleo/followers", LINK, "VVV--V-"),
    "main.followers own": Surface("/user/ben/followers", NAME, "VVV--V-"),
    "main.following": Surface("/user/cleo/following", LINK, "VVV--V-"),
    "main.post": Surface("/post/{post}", BODY, "VVV----"),
    "main.post replies": Surface("/post/{question}", REPLY, "VVV----"),
    "main.post chain": Surface("/post/{thanks}", REPLY, "VVV----"),
    "main.post to": Surface("/post/{thanks}", LINK, "VVV--V-"),
    "main.user replies to": Surface("/user/cleo/replies", LINK, "VVV--V-"),
    "main.user_replies": Surface("/user/ben/replies", REPLY, "VVV----"),
    "main.reply": Surface("/post/{post}/reply", BODY, "VVV----"),
    "main.index reposts": Surface("/index", BODY, "VV-----"),
    "main.index tag": Surface("/index", BODY, "VV-----"),
    "main.index reposter": Surface("/index", QUESTION, "-V-----"),
    "main.user reposts": Surface("/user/cleo", BODY, "VV-----"),
    "main.user reposter": Surface("/user/ben", QUESTION, "VVV----"),
    "main.post_reposts": Surface("/post/{question}/reposts", LINK, "VVV--V-"),
    "main.post_likes": Surface("/post/{question}/likes", LINK, "VVV--V-"),
    "main.liked_posts": Surface("/likes", BODY, "VVV----"),
    "main.bookmarked_posts": Surface("/bookmarks", BODY, "VVV----"),
    "main.post_menu": Surface("/post/{post}/menu", BODY, "VVV----"),
    "main.post_history": Surface("/post/{post}/history", BODY, "VVV----"),
    "main.messages_page": Surface("/messages", MESSAGE, "VVV-VVV"),
    "main.conversation": Surface("/messages/ben", MESSAGE, "VVVVVV-"),
    "main.send_message": Surface("/send_message/ben", MESSAGE, "VVVVVV-"),
    "main.new_message": Surface("/messages/new", NAME, "-VV----"),
    "main.new_message to": Surface("/messages/new?to=ortega", NAME, "VVV--V-"),
    "main.follow_request_list": Surface("/follow-requests", LINK, "VVV--V-"),
    "api.list_follow_requests": Surface("/api/follow-requests", '"ben"', "VVV--V-"),
    "api.list_sent_follow_requests": Surface("/api/follow-requests/sent", '"ben"', "VVV--V-"),
    "main.notification_list": Surface("/notifications/all", NAME, "VV---V-"),
    "main.report": Surface("/report?user=ben", MESSAGE, "VVVVVVV"),
    "main.report posts": Surface("/report?user=ben", BODY, "VVV----"),
    "main.new_filter": Surface("/settings/filters/new?post={post}", BODY, "VVV----"),
    "main.mute": Surface("/user/ben/mute", NAME, "VVV--V-"),
    "main.mute_settings": Surface("/settings/mutes", NAME, "--V----"),
    "main.export_mutes": Surface("/settings/mutes/export.csv", "ben", "--V----"),
    "main.block_settings": Surface("/settings/blocks", NAME, "---V---"),
    "main.export_blocks": Surface("/settings/blocks/export.csv", "ben", "---V---"),
    "api.list_users": Surface("/api/users", '"ben"', "VVV--V-"),
    "api.list_users active": Surface("/api/users?sort=active", '"ben"', "VVV--V-"),
    "api.list_users followed": Surface("/api/users?sort=followed", '"ben"', "V----V-"),
    "api.list_users after": Surface("/api/users?after=0", '"ben"', "VVV--V-"),
    "api.get_user": Surface("/api/users/{ben}", '"ben"', "VVV--V-"),
    "api.list_followers": Surface("/api/users/{cleo}/followers", '"ben"', "VVV--V-"),
    "api.list_following": Surface("/api/users/{cleo}/following", '"ben"', "VVV--V-"),
    "api.list_user_posts": Surface("/api/users/{ben}/posts", BODY, "VVV----"),
    "api.list_posts": Surface("/api/posts", BODY, "VV-----"),
    "api.get_post": Surface("/api/posts/{post}", BODY, "VVV----"),
    "api.list_replies": Surface("/api/posts/{question}/replies", REPLY, "VVV----"),
    "api.list_likes": Surface("/api/likes", BODY, "VVV----"),
    "api.list_bookmarks": Surface("/api/bookmarks", BODY, "VVV----"),
    "api.list_reposters": Surface("/api/posts/{question}/reposts", '"ben"', "VVV--V-"),
    "api.list_reposts": Surface("/api/users/{cleo}/reposts", BODY, "VV-----"),
    "api.home_timeline reposts": Surface("/api/timelines/home", BODY, "VV-----"),
    "api.list_likers": Surface("/api/posts/{question}/likes", '"ben"', "VVV--V-"),
    "api.list_ancestors": Surface("/api/posts/{thanks}/ancestors", REPLY, "VVV----"),
    "api.home_timeline tag": Surface("/api/timelines/home", BODY, "VV-----"),
    "api.home_timeline": Surface("/api/timelines/home", BODY, "-V-----"),
    "api.public_timeline": Surface("/api/timelines/public", BODY, "VV-----"),
    "api.search": Surface("/api/search?q=oven", BODY, "VV-----"),
    "api.search people": Surface("/api/search?q=ortega&in=people", '"ben"', "VVV--V-"),
    "api.list_conversations": Surface("/api/messages", MESSAGE, "VVV-VVV"),
    "api.list_messages": Surface("/api/messages/{ben}", MESSAGE, "VVVVVVV"),
    "api.list_notification_groups": Surface("/api/notifications/groups", '"ben"', "VV---V-"),
    "main.notification_list likes": Surface("/notifications/all/likes", NAME, "VV---V-"),
    "main.notification_list reposts": Surface("/notifications/all/reposts", NAME, "VV---V-"),
    "api.list_notifications": Surface("/api/notifications", '"ben"', "VV---V-"),
    "api.list_blocks": Surface("/api/blocks", '"ben"', "---V---"),
    "api.list_mutes": Surface("/api/mutes", '"ben"', "--V----"),
}
# A picture is for everybody: whoever looks at it is not asked who they are.
FOR_EVERYBODY = {"main.avatar"}
# What staff see, no block hides from them. Who came by an invitation is the inviter's to know.
FOR_STAFF = {
    *("main.admin", "main.audit_log", "main.export_audit_log", "main.site_settings_page"),
    "main.blocklist_page",
    *("main.announcement_list", "main.job_list"),
    *("main.site_page_list", "main.edit_site_page", "main.new_rule", "main.edit_rule"),
    *("main.approvals", "main.invitation_list", "main.admin_people", "main.admin_person"),
    *("main.moderation", "main.case", "main.appeal_queue", "main.answer_appeal"),
    *("api.list_cases", "api.get_case", "api.list_appeals"),
    *("main.words_templates", "main.new_words_template", "main.edit_words_template"),
    *("main.admin_invitations", "api.list_people", "api.get_person", "api.list_invitations"),
    "api.list_audit_entries",
    *("main.admin_roles", "main.new_role", "main.edit_role"),
}
# What shows nobody but the viewer.
OWN = {
    *("main.site_rules", "main.site_page", "main.welcome", "main.welcome_rules"),
    *("main.decision_log", "main.email_settings", "api.list_rules"),
    *("main.notification_settings", "api.get_notification_choices"),
    *("static", "main.about", "main.healthz", "main.readyz", "main.robots", "main.manifest"),
    "main.theme",
    *("main.login_shortcut", "main.register_shortcut", "main.change_password"),
    *("main.settings", "main.edit_profile", "main.edit_profile_settings", "main.account_settings"),
    *("main.account_forms", "main.close_account", "main.password_settings"),
    *("main.appearance_settings", "main.privacy_settings", "main.session_settings"),
    *("main.token_settings", "main.deleted_posts", "main.export_settings", "main.export_posts"),
    *("main.two_factor_settings", "main.set_up_two_factor", "main.turn_off_two_factor"),
    *("main.recovery_codes", "main.passkey_settings", "main.security_log"),
    *("main.appeal", "main.appeal_decision"),
    "main.replies_from",
    *("main.filter_settings", "main.edit_filter"),
    *("api.list_filters", "api.get_filter"),
    *("main.download_export", "main.edit_post", "main.notifications"),
    *("api.docs", "api.openapi", "api.get_me", "api.list_tokens"),
    *("api.get_home_marker", "api.get_home_choices", "main.keyboard"),
    *(
        "main.write",
        "main.draft_list",
        "main.scheduled_list",
        "main.edit_draft",
        "main.tag_list",
        "api.list_followed_tags",
    ),
}


def test_every_surface_is_in_the_table(app: Flask) -> None:
    readable = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("auth.")
    }
    assert {name.split()[0] for name in SURFACES} | FOR_EVERYBODY | FOR_STAFF | OWN == readable


@pytest.fixture
def post(ana: User, ben: User, cleo: User) -> Post:
    """ben and cleo follow each other, he wrote to ana and mentioned her in a post."""
    make_follow(ben, cleo)
    make_follow(cleo, ben)
    make_message(ben, ana, MESSAGE)
    post = make_post(ben, f"{BODY} oven. #riverside")
    posts.edit(post, compose(f"{BODY} oven, @ana. #riverside"))
    db.session.commit()
    return post


@pytest.fixture
def rows(ana: User, ben: User, cleo: User, post: Post) -> dict[str, User | Post]:
    """Who and what the addresses name: cleo asked something, ben replied, and she thanked him.

    He likes and reposts what she asked, ana likes and keeps what he wrote, which cleo reposts, and
    both like and repost what ana wrote. He asks to follow her.
    """
    question = make_post(cleo, QUESTION)
    reply = make_post(ben, REPLY, reply_to=question)
    thanks = make_post(cleo, "Thanks!", reply_to=reply)
    own = make_post(ana, "Hello, everybody.")
    likes.like(ben, question)
    likes.like(ana, post)
    likes.like(ben, own)
    likes.like(cleo, own)
    for person, what in ((ben, question), (cleo, post), (ben, own), (cleo, own)):
        reposts.repost(person, what)
    bookmarks.bookmark(ana, post)
    ana.approves_followers = True
    db.session.flush()
    follows.follow(ben, ana)
    db.session.commit()
    return {"ben": ben, "cleo": cleo, "post": post, "question": question, "thanks": thanks}


@pytest.fixture
def engine(app: Flask, monkeypatch: pytest.MonkeyPatch) -> MemorySearch:
    """An engine beside the database, which is told of posts and people alone."""
    engine = MemorySearch()
    engine.use_in(app, monkeypatch)
    monkeypatch.setattr("tests.support.searching.refresh", lambda: None)
    return engine


def relate(relation: str, ana: User, ben: User) -> None:
    if relation in ("follower", "muted"):
        make_follow(ana, ben)
    if relation == "muted":
        mutes.mute(ana, ben)
    if relation == "blocked":
        blocks.block(ana, ben)
    if relation == "blocking":
        blocks.block(ben, ana)
    if relation in ("silenced", "suspended"):
        decide(ben, "silence" if relation == "silenced" else "suspend")
    db.session.commit()


def found_in(app: Flask, ana: User, url: str) -> str:
    """What ana gets at `url`, as somebody in a browser or as a program of hers."""
    client, headers = app.test_client(), {}
    if url.startswith("/api/"):
        headers["Authorization"] = f"Bearer {make_token(ana).secret}"
    else:
        log_in(client, ana)
    response = client.get(url, headers=headers)
    assert response.status_code in (200, 302, 404, 410), (url, response.status)
    return response.text if response.status_code == 200 else ""


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("name", sorted(SURFACES))
def test_each_surface_shows_what_the_table_says(
    app: Flask, ana: User, rows: dict[str, User | Post], name: str, relation: str
) -> None:
    check(app, rows, ana, name, relation)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("name", sorted(name for name in SURFACES if "search" in name))
def test_an_engine_that_knows_no_blocks_shows_the_same(
    app: Flask,
    engine: MemorySearch,
    ana: User,
    rows: dict[str, User | Post],
    name: str,
    relation: str,
) -> None:
    settle()
    assert engine.documents
    check(app, rows, ana, name, relation)


def check(app: Flask, rows: dict[str, User | Post], ana: User, name: str, relation: str) -> None:
    surface, ben = SURFACES[name], rows["ben"]
    assert isinstance(ben, User)
    if name == "api.list_sent_follow_requests":
        db.session.add(FollowRequest(follower_id=ana.id, followed_id=ben.id))
    if name.endswith((" reposts", " followed")):
        cleo = rows["cleo"]
        assert isinstance(cleo, User)
        make_follow(ana, cleo)
    if name in ("main.index tag", "api.home_timeline tag"):
        tag_follows.follow(ana, "riverside")
    relate(relation, ana, ben)
    url = surface.url.format(**{key: row.id for key, row in rows.items()})
    expected = surface.shows[RELATIONS.index(relation)] == "V"
    assert (surface.mark in found_in(app, ana, url)) is expected


@pytest.mark.parametrize("act", [blocks.block, mutes.mute])
def test_what_was_hidden_is_there_again_afterwards(
    app: Flask, ana: User, ben: User, post: Post, act: Callable[[User, User], object]
) -> None:
    make_follow(ana, ben)
    act(ana, ben)
    db.session.commit()
    assert BODY not in found_in(app, ana, "/index")
    blocks.unblock(ana, ben)
    mutes.unmute(ana, ben)
    db.session.commit()
    for url in ("/index", "/explore", "/search?q=oven", "/notifications/all"):
        assert NAME in found_in(app, ana, url), url
