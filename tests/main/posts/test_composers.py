"""Composers: threads, splitting, previews and options, on pages without scripts."""

from __future__ import annotations

import pytest

from app import db
from app.models import Draft, Post
from app.services.posts import drafts, posts
from tests.support.factories import make_post
from tests.support.pages import Page, check_page, get_page, log_in

THREAD = ["The old oven is saved.", "It never went cold.", "Doors open at seven."]


@pytest.fixture
def browser(client, ana):
    log_in(client, ana)
    return client


def boxes(page: Page, form: str = "/index") -> list[str]:
    fields = page.fields(form)
    return [value for name, value in fields.items() if name == "post" or name.startswith("more-")]


def press(browser, page: Page, task: str, form: str = "/index", **values: str) -> Page:
    """The page after one of the buttons of a composer that publish nothing."""
    return check_page(browser.post("/write", data={**page.fields(form), **values, "do": task}))


def thread_of(*texts: str) -> dict[str, str]:
    first, *more = texts
    return {"post": first, **{f"more-{number}": text for number, text in enumerate(more)}}


def written() -> list[Post]:
    return list(db.session.scalars(db.select(Post).order_by(Post.id)))


def publish_path() -> str:
    return f"/draft/{db.session.scalars(db.select(Draft.id)).one()}/publish"


def test_one_box_after_the_other_becomes_a_thread(browser, ana):
    page = press(browser, get_page(browser, "/index"), "add", post=THREAD[0])
    assert boxes(page, publish_path()) == [THREAD[0], ""]
    assert "1 of 2" in page.text and "New post" in page.text
    page = press(browser, page, "add", publish_path(), **{"more-0": THREAD[1]})
    assert boxes(page, publish_path()) == [*THREAD[:2], ""]
    assert written() == []
    # It waits among the drafts, should anything happen.
    page = get_page(browser, publish_path().removesuffix("/publish"))
    assert boxes(page, publish_path()) == THREAD[:2]

    path = publish_path()
    data = {**page.fields(path), **thread_of(*THREAD)}
    answer = browser.post(path, data=data)
    first, second, third = written()
    assert [post.body for post in written()] == THREAD
    assert answer.location == f"/post/{first.id}"
    assert (second.reply_to_id, third.reply_to_id) == (first.id, second.id)
    assert {second.root_id, third.root_id} == {first.id}
    assert drafts.count(ana) == 0


def test_a_thread_that_is_sent_twice_is_published_once(browser):
    data = {**get_page(browser, "/index").fields("/index"), **thread_of(*THREAD)}
    assert [browser.post("/index", data=data).status_code for _ in range(2)] == [302, 302]
    assert len(written()) == 3


def test_a_thread_is_published_whole_or_not_at_all(browser, monkeypatch):
    page = get_page(browser, "/index")
    data = {**page.fields("/index"), **thread_of(*THREAD[:2], "x" * 281)}
    page = check_page(answer := browser.post("/index", data=data))
    assert answer.status_code == 422 and boxes(page) == [*THREAD[:2], "x" * 281]
    assert written() == []

    real, calls = posts.publish, []

    def fail_at_the_third(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError("no more")
        return real(*arguments, **options)

    monkeypatch.setattr(posts, "publish", fail_at_the_third)
    browser.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert browser.post("/index", data={**data, **thread_of(*THREAD)}).status_code == 500
    db.session.rollback()
    assert written() == []


def test_boxes_are_taken_away_and_empty_ones_left_out(browser):
    page = press(browser, get_page(browser, "/index"), "add", **thread_of(*THREAD))
    path = publish_path()
    assert boxes(page, path) == [*THREAD, ""]
    page = press(browser, page, "drop-1", path)
    assert boxes(page, path) == [THREAD[0], THREAD[2], ""]
    page = press(browser, page, "drop-0", path)
    assert boxes(page, path) == [THREAD[2], ""]
    browser.post(path, data=page.fields(path))
    assert [post.body for post in written()] == [THREAD[2]]


@pytest.mark.parametrize("task", ["drop-9", "drop-", "drop-x", "unheard-of", ""])
def test_nothing_happens_to_what_is_typed(browser, task):
    page = press(browser, get_page(browser, "/index"), task, post=THREAD[0])
    assert boxes(page, publish_path()) == [THREAD[0]]


def test_twenty_posts_are_the_most(browser):
    texts = [f"Number {number}" for number in range(20)]
    page = press(browser, get_page(browser, "/index"), "add", **thread_of(*texts))
    assert boxes(page, publish_path()) == texts
    assert "Add post" not in page.text


def test_a_text_that_is_too_long_is_split_at_its_sentences(browser):
    text = "We met forty times. " * 40
    page = get_page(browser, "/index")
    answer = browser.post("/index", data={**page.fields("/index"), "post": text})
    page = check_page(answer)
    assert answer.status_code == 422 and "Split into several posts" in page.text
    page = press(browser, page, "split")
    parts = boxes(page, publish_path())
    assert len(parts) == 3 and all(part.endswith("times.") for part in parts)

    page = press(browser, page, "split", publish_path(), post="word " * 2400)
    assert "takes more than 20 posts" in page.text


def test_a_preview_shows_the_posts_and_publishes_nothing(browser, ben):
    texts = thread_of("A **bold** word for @ben", "and more")
    page = press(browser, get_page(browser, "/index"), "preview", **texts, title="Hello & welcome")
    preview = next(part for part in page.all("section") if part.get("id") == "preview")
    shown = "".join(preview.itertext())
    assert "Hello & welcome" in shown and "and more" in shown
    assert [link.get("href") for link in preview.iter("a")] == ["/user/ben"]
    assert ["".join(bold.itertext()) for bold in preview.iter("strong")] == ["bold"]
    assert written() == []


def test_an_author_says_who_may_reply_and_which_language_it_is(browser, ben):
    page = press(browser, get_page(browser, "/index"), "options", post="Hola")
    path = publish_path()
    assert page.fields(path)["language"] == ""
    data = {**page.fields(path), "replies_from": "nobody", "language": "gl"}
    assert browser.post("/drafts", data=data).status_code == 302
    fields = get_page(browser, path.removesuffix("/publish")).fields(path)
    assert (fields["replies_from"], fields["language"]) == ("nobody", "gl")
    browser.post(path, data={**fields, **thread_of("Hola", "a todos")})
    first, second = written()
    assert (first.replies_from, second.replies_from) == ("nobody", "everyone")
    assert {first.language, second.language} == {"gl"}
    assert "Who can reply" not in get_page(browser, f"/post/{first.id}/reply").text


def test_a_reply_goes_on_as_a_thread(browser, ben):
    parent = make_post(ben, "Who has seen the oven?")
    page = get_page(browser, f"/post/{parent.id}/reply")
    page = press(browser, page, "add", f"/post/{parent.id}/reply", post=THREAD[0])
    assert "Reply to" in page.text and "Who has seen the oven?" in page.text
    path = publish_path()
    browser.post(path, data={**page.fields(path), **thread_of(*THREAD)})
    _, first, second, third = written()
    assert (first.reply_to_id, second.reply_to_id) == (parent.id, first.id)
    # All of them answer ben, so homes show them to nobody else.
    assert {post.reply_to_author_id for post in (first, second, third)} == {ben.id}


def test_a_thread_has_one_note_and_one_audience(browser):
    fields = get_page(browser, "/index").fields("/index")
    chosen = {"content_note": "ovens", "visibility": "unlisted", "title": "An oven"}
    browser.post("/index", data={**fields, **chosen, **thread_of(*THREAD)})
    assert {(post.note, post.visibility) for post in written()} == {("ovens", "unlisted")}
    assert [post.title for post in written()] == ["An oven", None, None]


def test_each_post_of_a_thread_counts_for_a_new_account(client, app, ana):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index")
    texts = thread_of(*(f"Number {number}" for number in range(12)))
    answer = client.post("/index", data={**fields, **texts})
    assert answer.status_code == 429 and written() == []


def test_a_full_list_of_drafts_keeps_nobody_from_a_preview(browser, ana, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS_MAX", 0)
    page = press(browser, get_page(browser, "/index"), "preview", post=THREAD[0])
    assert boxes(page) == [THREAD[0]] and drafts.count(ana) == 0


def test_what_cannot_be_kept_is_still_shown(browser, ana):
    page = press(browser, get_page(browser, "/index"), "add", post="x" * 10_001)
    assert boxes(page) == ["x" * 10_001, ""] and drafts.count(ana) == 0
