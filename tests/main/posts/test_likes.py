"""Likes: of a post, taken back, who gave them, and one's own."""

from __future__ import annotations

import pytest

from app import db
from app.models import Like, PostCount
from app.services.community import blocks
from app.services.posts import posts
from tests.support.factories import make_post, make_user
from tests.support.pages import get_page, log_in, send, visitor


@pytest.fixture
def post(ben):
    return make_post(ben, "Bread at nine.")


def likes_of(post) -> int:
    return db.session.scalar(db.select(PostCount.likes_count).filter_by(post_id=post.id)) or 0


def button(page):
    (found,) = page.all("*", class_="act-like")
    return found.get("formaction"), found.get("aria-pressed"), found.get("aria-label")


def test_a_like_counts_once_and_leads_back_to_the_post(client, ana, post):
    log_in(client, ana)
    page = get_page(client, "/explore")
    like, unlike = f"/post/{post.id}/like", f"/post/{post.id}/unlike"
    assert button(page) == (like, "false", "Like")
    for _ in range(2):
        answer = client.post(like, data=page.fields(like))
        assert answer.location == f"/explore#post-{post.id}"
    page = get_page(client, "/explore")
    assert button(page) == (unlike, "true", "1 like, like this")
    assert likes_of(post) == 1
    for _ in range(2):
        assert client.post(unlike, data=page.fields(unlike)).status_code == 302
    assert button(get_page(client, "/explore")) == (like, "false", "Like")
    assert likes_of(post) == 0


def test_scripts_get_the_row_of_acts(client, ana, post):
    log_in(client, ana)
    like = f"/post/{post.id}/like"
    fields = get_page(client, "/explore").fields(like)
    row = client.post(like, data=fields | {"as": "fragment"})
    assert row.text.strip().startswith('<div class="acts">')
    assert 'aria-pressed="true"' in row.text and ">1</button>" in row.text


def test_nobody_likes_their_own_posts(client, ben, post):
    log_in(client, ben)
    page = get_page(client, "/explore")
    assert not page.all("*", class_="act-like")
    fields = get_page(client, f"/post/{post.id}").fields(f"/post/{post.id}/bookmark")
    assert client.post(f"/post/{post.id}/like", data=fields).status_code == 403
    assert likes_of(post) == 0


def test_whoever_likes_a_post_is_listed_but_not_for_the_blocked(client, app, ana, ben, cleo, post):
    for person in (ana, cleo):
        log_in(client, person)
        send(client, "/explore", f"/post/{post.id}/like")
    listed = get_page(visitor(app), f"/post/{post.id}/likes").text
    assert "Ana Duarte" in listed and "@cleo" in listed
    assert "2 likes" in get_page(visitor(app), f"/post/{post.id}").text
    blocks.block(cleo, ana)
    db.session.commit()
    listed = get_page(client, f"/post/{post.id}/likes").text
    assert "Ana Duarte" not in listed and "@cleo" in listed
    # The number is the same for everybody.
    assert "2 likes" in get_page(client, f"/post/{post.id}").text


def test_nobody_likes_what_they_may_not_read(client, ana, ben, post):
    log_in(client, ana)
    fields = get_page(client, "/explore").fields(f"/post/{post.id}/like")
    blocks.block(ben, ana)
    db.session.commit()
    for verb in ("like", "bookmark"):
        assert client.post(f"/post/{post.id}/{verb}", data=fields).status_code == 404
    # What one did before can be taken back; whether there was anything is not told.
    for verb in ("unlike", "unbookmark"):
        for post_id in (post.id, post.id + 1000):
            answer = client.post(f"/post/{post_id}/{verb}", data=fields)
            assert (answer.status_code, answer.location) == (302, f"/explore#post-{post_id}")


def test_liked_posts_are_listed_the_last_like_first(client, ana, ben):
    first, second = make_post(ben, "Liked last"), make_post(ben, "Liked first")
    log_in(client, ana)
    assert "No likes yet" in get_page(client, "/likes").text
    for post in (second, first):
        send(client, "/explore", f"/post/{post.id}/like")
    ids = [card.get("id") for card in get_page(client, "/likes").all("article")]
    assert ids == [f"post-{first.id}", f"post-{second.id}"]
    posts.delete(first)
    db.session.commit()
    assert "Liked last" not in get_page(client, "/likes").text
    posts.restore(first)
    db.session.commit()
    assert "Liked last" in get_page(client, "/likes").text


def test_pages_of_likes_hold_together(client, app, ana, ben):
    app.config["POSTS_PER_PAGE"] = 3
    liked = [make_post(ben, f"Number {number}.") for number in range(7)]
    for post in liked:
        db.session.add(Like(user_id=ana.id, post_id=post.id))
        db.session.flush()
    db.session.commit()
    log_in(client, ana)
    seen, path = [], "/likes"
    while path:
        page = get_page(client, path)
        seen += [card.get("id") for card in page.all("article")]
        older = [link.get("href") for link in page.all("a", rel="next")]
        path = older[0] if older else ""
    assert seen == [f"post-{post.id}" for post in reversed(liked)]


def test_a_page_of_people_who_like_a_post_ends_where_the_next_begins(client, app, ana, post):
    app.config["POSTS_PER_PAGE"] = 3
    for number in range(5):
        person = make_user(f"fan{number}")
        db.session.add(Like(user_id=person.id, post_id=post.id))
        db.session.flush()
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, f"/post/{post.id}/likes")
    assert [f"@fan{number}" in page.text for number in range(5)] == [False, False, True, True, True]
    (older,) = page.all("a", rel="next")
    page = get_page(client, older.get("href"))
    assert [f"@fan{number}" in page.text for number in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_list_of_nobody_one_may_see_does_not_say_that_nobody_likes_it(client, ana, ben, post):
    log_in(client, ana)
    send(client, "/explore", f"/post/{post.id}/like")
    blocks.block(ben, ana)
    db.session.commit()
    log_in(client, ben)
    text = get_page(client, f"/post/{post.id}/likes").text
    assert "you can't see who they are" in text and "No likes yet" not in text
