"""Folding replies away, and back."""

from __future__ import annotations

import pytest

from app import db
from app.models import AuditEntry, Post
from app.services.community import blocks
from app.services.posts import folds, posts
from tests.support.factories import make_post
from tests.support.moderation import decide
from tests.support.pages import get_page, log_in, send, visitor


@pytest.fixture
def reply(ana, ben, cleo) -> Post:
    """What ben replied to ana, before something that cleo did."""
    first = make_post(ana, "Where is it dry?")
    reply = make_post(ben, "Who cares.", reply_to=first)
    make_post(cleo, "Under the bridge.", reply_to=first)
    return reply


def act(client, post: Post, verb: str) -> int:
    return send(client, f"/post/{post.id}/menu", f"/post/{post.id}/{verb}").status_code


def hidden(page) -> list[str]:
    """The ids of the cards that a page folds away at its end."""
    return [
        card.get("id") for part in page.all("details", id="hidden") for card in part.iter("article")
    ]


def test_a_reply_goes_to_the_end_and_comes_back(client, app, ana, ben, reply):
    log_in(client, ana)
    path = f"/post/{reply.root_id}"
    assert "Hide this reply" in get_page(client, f"/post/{reply.id}/menu").text
    response = send(
        client, f"/post/{reply.id}/menu", f"/post/{reply.id}/fold", next=f"{path}#post-{reply.id}"
    )
    assert response.location.startswith(path)
    page = get_page(client, path)
    assert "Reply hidden. It's now at the end of the conversation." in page.text
    for reader in (client, visitor(app)):
        page = get_page(reader, path)
        assert hidden(page) == [f"post-{reply.id}"]
        assert "Replies hidden by Ana Duarte" in page.text
        assert "2 replies" in page.text
        assert [card.get("id") for card in page.all("article")][-1] == f"post-{reply.id}"
    # What its author wrote stays where others find it.
    other = app.test_client()
    log_in(other, ben)
    for page in ("/user/ben/replies", f"/post/{reply.id}"):
        assert "Who cares." in get_page(other, page).text
    assert "hidden" not in get_page(other, "/notifications/all").text.lower()
    assert "Stop hiding this reply" in get_page(client, f"/post/{reply.id}/menu").text
    assert act(client, reply, "unfold") == 302
    page = get_page(client, path)
    assert hidden(page) == []
    assert "The reply is back in its place." in page.text
    assert db.session.query(AuditEntry).count() == 0


def test_on_the_page_of_another_reply_it_says_who_hides_too(client, ana, ben, cleo, reply):
    deeper = make_post(cleo, "How rude!", reply_to=reply)
    folds.fold(deeper)
    db.session.commit()
    page = get_page(client, f"/post/{reply.id}")
    assert hidden(page) == [f"post-{deeper.id}"]
    assert "Replies hidden by Ana Duarte" in page.text


@pytest.mark.parametrize("name", ["ben", "cleo"])
def test_nobody_else_hides_one(client, app, name, request, reply):
    log_in(client, request.getfixturevalue(name))
    assert "Hide this reply" not in get_page(client, f"/post/{reply.id}/menu").text
    for verb in ("fold", "unfold"):
        data = get_page(client, "/auth/logout").fields("/auth/logout")
        assert client.post(f"/post/{reply.id}/{verb}", data=data).status_code == 403
    db.session.refresh(reply)
    assert reply.folded_at is None


def test_ones_own_replies_and_first_posts_are_not_folded(client, ana, reply):
    log_in(client, ana)
    own = make_post(ana, "I do.", reply_to=reply)
    data = get_page(client, "/auth/logout").fields("/auth/logout")
    for post_id in (own.id, reply.root_id):
        assert client.post(f"/post/{post_id}/fold", data=data).status_code == 403
    assert client.post("/post/999999/fold", data=data).status_code == 404


@pytest.mark.parametrize("event", ["block", "suspend", "hide", "delete"])
def test_who_may_not_read_it_does_not_find_it_at_the_end_either(
    client, ana, ben, cleo, reply, event
):
    folds.fold(reply)
    db.session.commit()
    log_in(client, cleo)
    assert hidden(get_page(client, f"/post/{reply.root_id}")) == [f"post-{reply.id}"]
    if event == "block":
        blocks.block(ben, cleo)
    elif event == "delete":
        posts.delete(reply)
    elif event == "hide":
        decide(ben, "hide_posts", post_ids=[reply.id])
    else:
        decide(ben, "suspend")
    db.session.commit()
    page = get_page(client, f"/post/{reply.root_id}")
    assert "Who cares." not in page.text
    assert hidden(page) == []


def test_many_hidden_ones_have_pages_of_their_own(client, ana, ben, reply):
    first = db.session.get_one(Post, reply.root_id)
    rude = [make_post(ben, f"Rude {number}", reply_to=first) for number in range(12)]
    for post in rude:
        folds.fold(post)
    db.session.commit()
    page = get_page(client, f"/post/{first.id}")
    assert hidden(page) == [f"post-{post.id}" for post in rude[:10]]
    (more,) = [link.get("href") for link in page.all("a") if "hidden" in link.get("href")]
    assert "Show more hidden replies" in page.text
    page = get_page(client, more)
    assert [card.get("id") for card in page.all("article")][1:] == [
        f"post-{post.id}" for post in rude[10:]
    ]
    assert "Under the bridge." not in page.text


def test_they_come_after_the_last_page_of_the_others(client, app, ana, ben, reply):
    app.config["POSTS_PER_PAGE"] = 1
    folds.fold(reply)
    make_post(ben, "On the hill.", reply_to=db.session.get_one(Post, reply.root_id))
    db.session.commit()
    page = get_page(client, f"/post/{reply.root_id}")
    assert hidden(page) == []
    (more,) = [link.get("href") for link in page.all("a") if "after=" in link.get("href")]
    assert hidden(get_page(client, more)) == [f"post-{reply.id}"]


def test_when_the_first_post_is_gone_they_stay_hidden_by_nobody(client, ana, reply):
    folds.fold(reply)
    posts.delete(db.session.get_one(Post, reply.root_id))
    db.session.commit()
    page = get_page(client, f"/post/{reply.root_id}", status=410)
    assert hidden(page) == [f"post-{reply.id}"]
    assert "Hidden replies" in page.text
