"""Content notes: words that stand before a post, and fold away what it says."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from app import db
from app.models import Post, PostRevision
from app.services.community import mutes
from app.services.posts import pins, posts
from app.services.posts.composition import compose
from tests.support.factories import make_follow, make_post, make_user
from tests.support.moderation import make_report
from tests.support.pages import Page, get_page, log_in, send, visitor

NOTE, TITLE, WORDS = "how the film ends", "The last scene", "The butler did it."
FEED = "{http://www.w3.org/2005/Atom}"


def _line(element) -> str:
    return "".join(
        part.strip() if part.isspace() or "\n" in part else part for part in element.itertext()
    )


def folded(page: Page) -> list[tuple[str, str]]:
    """The summary of each fold of a page, and what it holds."""
    found = []
    for fold in page.all("details", class_="fold"):
        summary = fold.find("summary")
        rest = [" ".join(part.itertext()) for part in fold if part is not summary]
        found.append((_line(summary), " ".join(" ".join(rest).split())))
    return found


def outside(page: Page) -> str:
    """The words of a page that are seen before anybody opens anything."""
    for fold in page.all("details", class_="fold"):
        for part in [part for part in fold if part.tag != "summary"]:
            fold.remove(part)
    return " ".join(" ".join(page.root.itertext()).split())


@pytest.fixture
def post(ana) -> Post:
    return make_post(ana, WORDS, title=TITLE, content_note=NOTE)


def test_a_post_is_written_with_a_note_and_folded_where_others_read_it(client, app, ana, ben):
    make_follow(ben, ana)
    log_in(client, ana)
    fields = {"post": WORDS, "title": TITLE, "content_note": f"  {NOTE} "}
    assert send(client, "/index", **fields).status_code == 302
    post = db.session.query(Post).one()
    assert post.content_note == NOTE
    reader = app.test_client()
    log_in(reader, ben)
    for path in ("/index", "/explore", "/user/ana", f"/post/{post.id}", "/search?q=butler"):
        page = get_page(reader, path)
        ((summary, inner),) = folded(page)
        assert summary == f"Content note: {NOTE}ShowHide"
        assert TITLE in inner and "The butler did it." in inner
        seen = outside(page)
        # The title of the page is among it.
        assert "butler" not in seen.replace("butler - Search", "").replace("“butler”", "")
        assert TITLE not in seen


def test_every_list_of_posts_folds_it(client, ana, post):
    log_in(client, ana)
    reply = make_post(ana, "Spoiler again.", reply_to=post, content_note="more of it")
    pins.pin(ana, post)
    db.session.commit()
    for path in (f"/post/{reply.id}", f"/post/{post.id}"):
        assert [one[0] for one in folded(get_page(client, path))] == [
            f"Content note: {NOTE}ShowHide",
            "Content note: more of itShowHide",
        ]
    for path in (f"/post/{post.id}/menu", f"/post/{post.id}/replies-from", "/user/ana"):
        page = get_page(client, path)
        assert folded(page)
        assert "butler" not in outside(page)


def test_nothing_that_leaves_the_page_has_the_words(client, app, ana, ben, post):
    page = get_page(visitor(app), f"/post/{post.id}")
    metas = {
        meta.get("property") or meta.get("name"): meta.get("content") for meta in page.all("meta")
    }
    assert metas["og:title"] == "Ana Duarte (@ana)"
    assert metas["og:description"] == metas["description"] == f"Content note: {NOTE}"
    assert page.all("title")[0].text == f"Content note: {NOTE} · Ana Duarte · Microblog"
    atom = visitor(app).get("/user/ana/feed.atom").text
    (entry,) = ET.fromstring(atom).iter(f"{FEED}entry")
    assert entry.findtext(f"{FEED}title") == NOTE
    url = entry.findtext(f"{FEED}id")
    content = entry.findtext(f"{FEED}content")
    assert content == f'<p>{NOTE}</p><p><a href="{url}">{url}</a></p>'
    feed = visitor(app).get("/user/ana/feed.json").text
    assert json.loads(feed)["items"][0]["title"] == NOTE
    for text in (atom, feed):
        assert "butler" not in text and TITLE not in text


def test_markup_in_a_note_stays_text_everywhere(client, app, ana):
    note = '<b>"**fish**" & chips</b> @ana #tag'
    post = make_post(ana, WORDS, content_note=note)
    page = get_page(visitor(app), f"/post/{post.id}")
    assert folded(page)[0][0] == f"Content note: {note}ShowHide"
    (isolated,) = page.all("details", class_="fold")[0].find("summary").iter("bdi")
    assert isolated.text == note
    metas = {meta.get("property"): meta.get("content") for meta in page.all("meta")}
    assert metas["og:description"] == f"Content note: {note}"
    (entry,) = ET.fromstring(visitor(app).get("/user/ana/feed.atom").text).iter(f"{FEED}entry")
    assert "&lt;b&gt;" in entry.findtext(f"{FEED}content")


def test_notifications_show_the_note_in_the_place_of_the_words(client, ana, ben):
    posts.publish(ben, compose("@ana, the butler did it.", note=NOTE))
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/notifications/all")
    assert f"Content note: {NOTE}" in page.text
    assert "butler" not in page.text


def test_the_author_finds_the_note_where_they_deleted_it(client, ana, post):
    posts.delete(post)
    db.session.commit()
    log_in(client, ana)
    for path, status in (("/settings/deleted", 200), (f"/post/{post.id}", 410)):
        page = get_page(client, path, status=status)
        assert NOTE in page.text and TITLE not in page.text


def test_a_note_is_added_changed_and_removed_and_history_keeps_it(client, ana, ben):
    post = make_post(ana, WORDS)
    path = f"/post/{post.id}/edit"
    log_in(client, ana)
    send(client, path, content_note=NOTE)
    db.session.refresh(post)
    assert (post.content_note, post.edited_at is not None) == (NOTE, True)
    page = get_page(client, path)
    assert page.all("details", class_="composer__options")[0].get("open") is not None
    assert page.all("input", name="content_note")[0].get("value") == NOTE
    send(client, path, content_note="another film")
    send(client, path, content_note="")
    db.session.refresh(post)
    assert post.content_note is None
    kept = [one.content_note for one in db.session.query(PostRevision).order_by(PostRevision.id)]
    assert kept == [None, NOTE, "another film"]
    page = get_page(client, f"/post/{post.id}/history")
    assert [one[0] for one in folded(page)] == [
        "Content note: another filmShowHide",
        f"Content note: {NOTE}ShowHide",
    ]
    # What is about it now is also about what it said before.
    send(client, path, content_note=NOTE)
    assert "butler" not in outside(get_page(client, f"/post/{post.id}/history"))
    assert send(client, path).status_code == 302
    assert db.session.query(PostRevision).count() == 4


@pytest.mark.parametrize("page", ["/index", "reply", "edit"])
def test_a_note_that_is_too_long_is_refused_and_nothing_is_lost(client, ana, post, page):
    log_in(client, ana)
    path = page if page == "/index" else f"/post/{post.id}/{page}"
    response = send(client, path, post="New words", content_note="é" * 101)
    assert response.status_code == 422
    assert "é" * 101 in response.text and "New words" in response.text
    options = response.text.split('class="composer__options"')[1]
    assert options.startswith(" open")
    assert send(client, path, post="New words", content_note="é" * 100).status_code == 302


def test_the_note_waits_with_the_words_while_somebody_signs_in_again(client, ana):
    log_in(client, ana)
    data = get_page(client, "/index").fields("/index")
    client.delete_cookie("session")
    response = client.post("/index", data=data | {"post": WORDS, "content_note": NOTE})
    assert f'name="content_note" value="{NOTE}"' in response.text


def test_a_reply_begins_with_the_note_of_what_it_replies_to(client, ben, post):
    log_in(client, ben)
    for path in (f"/post/{post.id}", f"/post/{post.id}/reply"):
        page = get_page(client, path)
        assert page.all("input", name="content_note")[0].get("value") == NOTE
        assert page.all("details", class_="composer__options")[0].get("open") is not None
    send(client, f"/post/{post.id}/reply", post="No!", content_note="")
    assert db.session.query(Post).order_by(Post.id.desc()).first().content_note is None
    plain = make_post(ben)
    page = get_page(client, f"/post/{plain.id}")
    assert page.all("details", class_="composer__options")[0].get("open") is None


def test_reports_keep_the_words_and_moderators_find_them_folded(client, ana, ben, post):
    log_in(client, ben)
    page = get_page(client, f"/report?user=ana&post={post.id}")
    assert NOTE in page.text and "butler" not in page.text and TITLE not in page.text
    case = make_report(ben, ana, "", post)
    posts.edit(post, compose("Nothing at all."))
    db.session.commit()
    log_in(client, make_user("mia", role="moderator"))
    page = get_page(client, f"/moderation/report/{case.id}")
    ((summary, inner),) = folded(page)
    assert summary == f"Content note: {NOTE}ShowHide"
    assert "The butler did it." in inner
    assert "butler" not in outside(page)


def test_a_post_of_somebody_muted_folds_twice(client, ana, ben, post):
    first = make_post(ben, "Seen it?")
    make_post(ana, WORDS, reply_to=first, content_note=NOTE)
    mutes.mute(ben, ana)
    db.session.commit()
    log_in(client, ben)
    page = get_page(client, f"/post/{first.id}")
    assert [one[0] for one in folded(page)] == [
        "You muted Ana DuarteShowHide",
        f"Content note: {NOTE}ShowHide",
    ]


def test_a_translation_is_shown_open(client, app, ana, ben, monkeypatch):
    post = make_post(ana, "Fue el mayordomo, como siempre en estas historias.", content_note=NOTE)
    post.language = "es"
    db.session.commit()
    monkeypatch.setattr("app.services.posts.translations.cached", lambda *_: "The butler did it.")
    monkeypatch.setattr("app.main.routes.posts.posts.translations.cached", lambda *_: "The butler.")
    log_in(client, ben)
    page = get_page(client, f"/post/{post.id}?translation=en")
    assert page.all("details", class_="fold")[0].get("open") is not None
    page = get_page(client, f"/post/{post.id}")
    assert page.all("details", class_="fold")[0].get("open") is None


def test_cards_without_a_note_have_not_grown(client, app, ana):
    make_post(ana, WORDS)
    html = client.get("/explore").text
    assert "<details" not in html.split("<main")[1].split('class="acts"')[0]
