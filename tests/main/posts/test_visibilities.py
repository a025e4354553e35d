"""Who can see a post: the composers, the labels, and narrowing."""

from __future__ import annotations

from app import db
from app.models import Post
from app.services.posts import posts
from tests.support.factories import make_follow, make_post
from tests.support.pages import get_page, log_in, send


def newest() -> Post:
    return db.session.scalars(db.select(Post).order_by(Post.id.desc()).limit(1)).one()


def options_of(page, url: str) -> list[str | None]:
    (field,) = [one for one in page.form(url).iter("select") if one.get("name") == "visibility"]
    return [option.get("value") for option in field]


def test_a_post_is_for_followers_if_its_author_says_so(app, client, ana, ben, cleo):
    make_follow(ben, ana)
    log_in(client, ana)
    page = get_page(client, "/index")
    assert options_of(page, "/index") == ["public", "unlisted", "followers"]
    assert "Anyone can follow you." in page.text
    send(client, "/index", post="For few", visibility="followers")
    post = newest()
    assert (post.visibility, post.audience_id) == ("followers", ana.id)
    for person, status in ((ben, 200), (cleo, 404), (None, 404)):
        browser = app.test_client()
        if person:
            log_in(browser, person)
        answer = browser.get(f"/post/{post.id}")
        assert answer.status_code == status, person
        if status == 200:
            assert "For followers" in answer.text and "noindex" in answer.text
            assert "og:description" not in answer.text


def test_a_composer_begins_with_what_somebody_prefers(client, ana):
    ana.default_visibility = "unlisted"
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/index")
    assert "Unlisted: anyone with the link" in "".join(
        "".join(one.itertext()) for one in page.all("output")
    )
    send(client, "/index", post="As ever")
    assert newest().visibility == "unlisted"
    assert "Unlisted" in get_page(client, "/user/ana").text


def test_a_reply_offers_nothing_wider(client, ana, ben):
    make_follow(ben, ana)
    open_post, inside = (
        make_post(ana, visibility="unlisted"),
        make_post(ana, visibility="followers"),
    )
    log_in(client, ben)
    url = f"/post/{open_post.id}/reply"
    assert options_of(get_page(client, url), url) == ["unlisted", "followers"]
    assert send(client, url, post="Wider", visibility="public").status_code == 422
    page = get_page(client, f"/post/{inside.id}")
    assert "Only followers of @ana and people you mention can see your reply." in page.text
    send(client, f"/post/{inside.id}/reply", post="Inside")
    reply = newest()
    assert (reply.visibility, reply.audience_id) == ("followers", ana.id)
    assert "For followers of @ana" in get_page(client, f"/post/{reply.id}").text


def test_an_edit_narrows_and_does_not_widen(client, ana):
    post = make_post(ana, "Hello", visibility="unlisted")
    log_in(client, ana)
    url = f"/post/{post.id}/edit"
    page = get_page(client, url)
    assert options_of(page, url) == ["unlisted", "followers"]
    send(client, url, post="Hello", visibility="followers")
    db.session.refresh(post)
    assert post.visibility == "followers"
    page = get_page(client, url)
    assert not [one for one in page.all("select") if one.get("name") == "visibility"]


def test_nobody_else_learns_that_there_was_a_post_for_few(app, client, ana, ben):
    make_follow(ben, ana)
    post = make_post(ana, visibility="followers")
    make_post(ben, reply_to=post)
    posts.delete(post)
    db.session.commit()
    assert client.get(f"/post/{post.id}").status_code == 404
    log_in(client, ben)
    assert "This post was deleted" in get_page(client, f"/post/{post.id}", status=410).text
