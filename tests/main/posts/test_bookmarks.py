"""Bookmarks: posts that somebody keeps, which nobody else learns of."""

from __future__ import annotations

from app import db
from app.models import Bookmark
from app.services.posts import posts
from tests.support.factories import make_post
from tests.support.pages import get_page, log_in, send, visitor


def test_a_post_is_kept_found_and_let_go(client, ana, ben):
    post = make_post(ben, "Bread at nine.")
    log_in(client, ana)
    assert "No bookmarks yet" in get_page(client, "/bookmarks").text
    assert send(client, f"/post/{post.id}", f"/post/{post.id}/bookmark").status_code == 302
    assert "Bread at nine." in get_page(client, "/bookmarks").text
    back = send(client, "/bookmarks", f"/post/{post.id}/unbookmark").location
    assert back == f"/bookmarks#post-{post.id}"
    assert db.session.query(Bookmark).count() == 0
    assert "No bookmarks yet" in get_page(client, "/bookmarks").text


def test_keeping_a_post_twice_keeps_it_once(client, ana, ben):
    post = make_post(ben)
    log_in(client, ana)
    fields = get_page(client, "/explore").fields(f"/post/{post.id}/bookmark")
    for _ in range(2):
        answer = client.post(f"/post/{post.id}/bookmark", data=fields)
        assert answer.location == f"/explore#post-{post.id}"
    assert len(get_page(client, "/bookmarks").all("article")) == 1


def test_nobody_sees_the_bookmarks_of_others(client, app, ana, ben):
    post = make_post(ben, "Bread at nine.")
    log_in(client, ana)
    send(client, "/explore", f"/post/{post.id}/bookmark")
    (kept,) = get_page(client, "/explore").all("button", class_="act-keep")
    assert kept.get("aria-pressed") == "true"
    author = app.test_client()
    log_in(author, ben)
    (button,) = get_page(author, "/explore").all("button", class_="act-keep")
    assert button.get("aria-pressed") == "false"
    assert "No bookmarks yet" in get_page(author, "/bookmarks").text
    assert not get_page(visitor(app), "/explore").all("button", class_="act-keep")


def test_own_posts_can_be_kept_and_deleted_ones_are_gone(client, ana):
    post = make_post(ana, "Note to myself")
    log_in(client, ana)
    send(client, "/explore", f"/post/{post.id}/bookmark")
    assert "Note to myself" in get_page(client, "/bookmarks").text
    posts.delete(post)
    db.session.commit()
    assert "Note to myself" not in get_page(client, "/bookmarks").text
