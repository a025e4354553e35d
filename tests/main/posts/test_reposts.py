"""Reposts on pages: the button, home, profiles, who did it, and notifications of it."""

from __future__ import annotations

import pytest

from app import db
from app.models import PostCount
from app.services.community import blocks
from app.services.posts import pins, reposts, visibilities
from tests.support.factories import make_filter, make_follow, make_post, make_user
from tests.support.pages import get_page, log_in, send, visitor


@pytest.fixture
def post(ben):
    return make_post(ben, "Bread at nine.")


def reposts_of(post) -> int:
    return db.session.scalar(db.select(PostCount.reposts_count).filter_by(post_id=post.id)) or 0


def button(page):
    (found,) = page.all("*", class_="act-repost")
    return found.get("formaction"), found.get("aria-pressed"), found.get("aria-label")


def repost(person, post) -> None:
    reposts.repost(person, post)
    db.session.commit()


def lines(page) -> list[str]:
    return [
        " ".join("".join(line.itertext()).split()) for line in page.all("p", class_="reposted__by")
    ]


def test_a_repost_counts_once_and_leads_back_to_the_post(client, ana, post):
    log_in(client, ana)
    page = get_page(client, "/explore")
    do, undo = f"/post/{post.id}/repost", f"/post/{post.id}/unrepost"
    assert button(page) == (do, "false", "Repost")
    for _ in range(2):
        assert client.post(do, data=page.fields(do)).location == f"/explore#post-{post.id}"
    page = get_page(client, "/explore")
    assert button(page) == (undo, "true", "1 repost, repost this")
    assert reposts_of(post) == 1
    for _ in range(2):
        assert client.post(undo, data=page.fields(undo)).status_code == 302
    assert button(get_page(client, "/explore")) == (do, "false", "Repost")
    assert reposts_of(post) == 0


def test_scripts_get_the_row_of_acts(client, ana, post):
    log_in(client, ana)
    do = f"/post/{post.id}/repost"
    row = client.post(do, data=get_page(client, "/explore").fields(do) | {"as": "fragment"})
    assert row.text.strip().startswith('<div class="acts">')
    assert 'aria-pressed="true"' in row.text and ">1</button>" in row.text


def test_a_kept_card_shows_what_the_reader_did_since(client, app, ana, cleo, post):
    log_in(client, ana)
    assert button(get_page(client, "/explore"))[1:] == ("false", "Repost")
    repost(cleo, post)
    assert button(get_page(client, "/explore"))[1:] == ("false", "1 repost, repost this")
    repost(ana, post)
    assert button(get_page(client, "/explore"))[1:] == ("true", "2 reposts, repost this")


def test_home_and_profile_say_who_repeats_it(client, app, ana, cleo, post):
    make_follow(ana, cleo)
    repost(cleo, post)
    log_in(client, ana)
    page = get_page(client, "/index")
    assert lines(page) == [f"{cleo.name} reposted"]
    (frame,) = page.all("div", class_="reposted")
    # The place in home is that of the repost; the card and its acts are the post's.
    assert int(frame.get("data-place")) > post.id
    assert [card.get("id") for card in page.all("article")] == [f"post-{post.id}"]
    assert lines(get_page(visitor(app), "/user/cleo")) == [f"{cleo.name} reposted"]
    repost(ana, post)
    assert lines(get_page(client, "/index")) == ["You and 1 other reposted"]
    make_follow(cleo, ana)
    log_in(client, cleo)
    assert lines(get_page(client, "/index")) == ["Ana Duarte and 1 other reposted"]
    log_in(client, ana)
    assert lines(get_page(client, "/user/ana")) == ["You reposted"]


def test_pages_of_home_hold_together(client, app, ana, ben, cleo):
    app.config["POSTS_PER_PAGE"] = 3
    make_follow(ana, cleo)
    written = [make_post(ben, f"Number {number}.") for number in range(7)]
    for post in written:
        repost(cleo, post)
    log_in(client, ana)
    for path in ("/index", "/user/cleo"):
        seen, following = [], path
        while following:
            page = get_page(client, following)
            seen += [card.get("id") for card in page.all("article")]
            older = [link.get("href") for link in page.all("a", rel="next")]
            following = older[0] if older else ""
        assert seen == [f"post-{post.id}" for post in reversed(written)]
        # And back.
        newer = [link.get("href") for link in page.all("a", rel="prev")]
        cards = [card.get("id") for card in get_page(client, newer[0]).all("article")]
        assert cards == [f"post-{post.id}" for post in written[3:0:-1]]


def test_reposts_of_what_is_pinned_take_no_place(client, app, ben):
    app.config["POSTS_PER_PAGE"] = 5
    written = [make_post(ben, f"Number {number}.") for number in range(9)]
    for pinned in written[:5]:
        pins.pin(ben, pinned)
        repost(ben, pinned)
    page = get_page(visitor(app), "/user/ben")
    assert len(page.all("article")) == 5 + 4 and lines(page) == []


def test_every_numbered_page_of_a_profile_is_full(client, app, ben, cleo):
    for number in range(160):
        reposts.repost(cleo, make_post(ben, f"Number {number}."))
    db.session.commit()
    found = [len(get_page(visitor(app), f"/user/cleo?page={n}").all("article")) for n in (6, 7)]
    assert found == [25, 10]


def test_ones_own_repost_is_no_news(client, ana, ben, post):
    newest = make_post(ana, "Seen.")
    log_in(client, ana)
    path = f"/notifications?since=0&posts_after={newest.id}"

    def news() -> int:
        answer = client.get(path, headers={"Accept": "application/json"})
        (count,) = [item["data"] for item in answer.json if item["name"] == "new_post_count"]
        return count

    repost(ana, post)
    assert news() == 0
    make_follow(ana, ben)
    repost(ben, newest)
    assert news() == 1


def test_a_repost_of_what_was_narrowed_can_be_taken_back(client, ana, ben, post):
    make_follow(ana, ben)
    repost(ana, post)
    visibilities.narrow(post, "followers")
    db.session.commit()
    log_in(client, ana)
    assert button(get_page(client, f"/post/{post.id}"))[:2] == (
        f"/post/{post.id}/unrepost",
        "true",
    )
    send(client, f"/post/{post.id}", f"/post/{post.id}/unrepost")
    assert not get_page(client, f"/post/{post.id}").all("*", class_="act-repost")


def test_a_filter_folds_what_is_repeated(client, ana, cleo, post):
    make_follow(ana, cleo)
    repost(cleo, post)
    make_filter(ana, "bread")
    log_in(client, ana)
    page = get_page(client, "/index")
    assert lines(page) == [f"{cleo.name} reposted"]
    assert "Filtered: bread" in page.text


def test_no_other_list_has_reposts(client, app, ana, cleo, post):
    repost(cleo, post)
    for path in ("/", "/explore", "/user/cleo/replies"):
        assert lines(get_page(visitor(app), path)) == []
    assert "Bread at nine" not in client.get("/user/cleo/feed.atom").text


def test_whoever_reposted_is_listed_but_not_for_the_blocked(client, app, ana, cleo, post):
    path = f"/post/{post.id}/reposts"
    assert "No reposts yet" in get_page(visitor(app), path).text
    for person in (ana, cleo):
        repost(person, post)
    listed = get_page(visitor(app), path).text
    assert "Ana Duarte" in listed and "@cleo" in listed
    assert "2 reposts" in get_page(visitor(app), f"/post/{post.id}").text
    blocks.block(cleo, ana)
    db.session.commit()
    log_in(client, ana)
    listed = get_page(client, path).text
    assert "Ana Duarte" in listed and "@cleo" not in listed
    assert "2 reposts" in get_page(client, f"/post/{post.id}").text


def test_a_page_of_those_who_reposted_ends_where_the_next_begins(client, app, ana, post):
    app.config["POSTS_PER_PAGE"] = 3
    for number in range(5):
        repost(make_user(f"fan{number}"), post)
    log_in(client, ana)
    page = get_page(client, f"/post/{post.id}/reposts")
    assert [f"@fan{number}" in page.text for number in range(5)] == [False, False, True, True, True]
    (older,) = page.all("a", rel="next")
    page = get_page(client, older.get("href"))
    assert [f"@fan{number}" in page.text for number in range(5)] == [
        *(True, True),
        *(False, False, False),
    ]


def test_nobody_reposts_what_they_may_not_read_or_what_is_for_followers(client, ana, ben, post):
    log_in(client, ana)
    fields = get_page(client, "/explore").fields(f"/post/{post.id}/repost")
    make_follow(ana, ben)
    few = make_post(ben, "For few", visibility="followers")
    page = get_page(client, f"/post/{few.id}")
    assert not page.all("*", class_="act-repost")
    answer = client.post(f"/post/{few.id}/repost", data=fields)
    assert answer.location == f"/post/{few.id}"
    assert "Posts for followers can't be reposted." in get_page(client, answer.location).text
    answer = client.post(f"/post/{few.id}/repost", data=fields | {"as": "fragment"})
    assert answer.status_code == 302
    blocks.block(ben, ana)
    db.session.commit()
    assert client.post(f"/post/{post.id}/repost", data=fields).status_code == 404
    # What one did before can be taken back; whether there was anything is not told.
    for post_id in (post.id, post.id + 1000):
        answer = client.post(f"/post/{post_id}/unrepost", data=fields)
        assert (answer.status_code, answer.location) == (302, f"/explore#post-{post_id}")


def test_a_repost_has_no_page_of_its_own(client, ana, post):
    repost(ana, post)
    log_in(client, ana)
    for suffix in ("", "/reply", "/likes", "/reposts", "/edit", "/history", "/menu"):
        assert client.get(f"/post/{post.id + 1}{suffix}").status_code == 404
    fields = get_page(client, "/explore").fields(f"/post/{post.id}/unrepost")
    for act in ("like", "repost", "bookmark", "pin", "delete", "mute", "fold"):
        assert client.post(f"/post/{post.id + 1}/{act}", data=fields).status_code == 404
    assert (
        client.post(f"/post/{post.id + 1}/reply", data={**fields, "post": "x"}).status_code == 404
    )


def test_its_author_hears_of_it_in_one_row(client, ana, ben, cleo, post):
    for person in (ana, cleo):
        repost(person, post)
    repost(ben, post)
    log_in(client, ben)
    text = get_page(client, "/notifications/all/reposts").text
    assert f"{cleo.name} and Ana Duarte reposted your post" in text
    send(client, "/explore", f"/post/{post.id}/unrepost")
    reposts.unrepost(cleo, post.id)
    db.session.commit()
    assert "Ana Duarte reposted your post" in get_page(client, "/notifications/all").text
    reposts.unrepost(ana, post.id)
    db.session.commit()
    assert "reposted your post" not in get_page(client, "/notifications/all").text
