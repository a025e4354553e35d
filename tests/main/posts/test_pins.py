"""Pinned posts, first on the profile of their author."""

from __future__ import annotations

from app import db
from app.services.posts import posts
from tests.support.factories import make_post
from tests.support.pages import get_page, log_in, send, visitor


def shown(client, path="/user/ana"):
    return [card.get("id") for card in get_page(client, path).all("article")]


def pin(client, post, verb="pin"):
    return send(client, f"/post/{post.id}/menu", f"/post/{post.id}/{verb}").status_code


def test_pinned_posts_come_first_and_once(client, app, ana):
    old, middle, new = (make_post(ana, f"Number {number}") for number in range(3))
    log_in(client, ana)
    assert [pin(client, old), pin(client, middle)] == [302, 302]
    page = get_page(client, "/user/ana")
    assert "Pinned to your profile." in page.text
    ids = [f"post-{post.id}" for post in (middle, old, new)]
    assert shown(client) == ids
    assert shown(visitor(app)) == ids
    # Elsewhere they stand where they always stood.
    assert shown(client, "/explore") == [f"post-{post.id}" for post in (new, middle, old)]
    assert "Unpin from profile" in get_page(client, f"/post/{old.id}/menu").text
    assert pin(client, middle, "unpin") == 302
    assert shown(client) == [f"post-{post.id}" for post in (old, new, middle)]


def test_a_sixth_pin_is_refused(client, ana):
    written = [make_post(ana, f"Post {number}") for number in range(6)]
    log_in(client, ana)
    assert [pin(client, post) for post in written] == [302] * 6
    assert "You can pin five posts. Unpin another one first." in get_page(client, "/user/ana").text
    assert (
        len(get_page(client, "/user/ana").all("section", class_="pinned")[0].findall("article"))
        == 5
    )
    posts.delete(written[0])
    db.session.commit()
    assert pin(client, written[5]) == 302


def test_pins_are_on_the_first_page_alone(client, app, ana):
    app.config["POSTS_PER_PAGE"] = 3
    written = [make_post(ana, f"Number {number}") for number in range(8)]
    log_in(client, ana)
    pin(client, written[1])
    seen, path = [], "/user/ana"
    while path:
        page = get_page(client, path)
        seen += [card.get("id") for card in page.all("article")]
        older = [link.get("href") for link in page.all("a", rel="next")]
        path = older[0] if older else ""
    rest = [post.id for post in reversed(written) if post is not written[1]]
    assert seen == [f"post-{number}" for number in (written[1].id, *rest)]
    second = shown(client, "/user/ana?page=2")
    assert second == [f"post-{number}" for number in rest[3:6]]


def test_a_profile_may_have_nothing_but_pins(client, ana):
    post = make_post(ana)
    log_in(client, ana)
    pin(client, post)
    assert shown(client) == [f"post-{post.id}"]
    assert "You haven't posted yet" not in get_page(client, "/user/ana").text
    # With a form for its buttons.
    assert send(client, "/user/ana", f"/post/{post.id}/bookmark").status_code == 302


def test_replies_to_others_and_posts_of_others_are_not_pinned(client, ana, ben):
    other = make_post(ben)
    reply, own = make_post(ana, reply_to=other), make_post(ana)
    log_in(client, ana)
    fields = get_page(client, f"/post/{own.id}/menu").fields(f"/post/{own.id}/pin")
    for post in (other, reply):
        assert "Pin to profile" not in get_page(client, f"/post/{post.id}/menu").text
        assert client.post(f"/post/{post.id}/pin", data=fields).status_code == 403
