"""Drafts on pages: saved from composers, opened again, published once, deleted with Undo."""

from __future__ import annotations

import pytest

from app import db
from app.models import Draft, Post
from app.services.posts import drafts, posts, visibilities
from app.services.posts.drafts import Writing
from tests.support.factories import make_follow, make_post
from tests.support.pages import Page, check_page, get_page, log_in


@pytest.fixture
def browser(client, ana):
    log_in(client, ana)
    return client


def save(browser, page: Page, form: str, save_to: str = "/drafts", **values: str):
    """What "Save draft" sends from the composer that would be sent to `form`."""
    return browser.post(save_to, data={**page.fields(form), **values})


def only() -> Draft:
    return db.session.scalars(db.select(Draft)).one()


def written() -> list[tuple[str, str | None]]:
    return [(post.body, post.title) for post in db.session.scalars(db.select(Post))]


def keep(person, body="Dear all", **values) -> Draft:
    row = drafts.save(person, "key", Writing(body, **values))
    db.session.commit()
    return row


def test_what_a_composer_holds_is_saved_and_opened_again(browser, ana):
    page = get_page(browser, "/index")
    (button,) = [b for b in page.all("button") if b.get("formaction") == "/drafts"]
    assert "".join(button.itertext()) == "Save draft"
    texts = {"post": "Dear **all**", "title": "News", "content_note": "spring"}
    answer = save(browser, page, "/index", **texts, visibility="unlisted")
    assert answer.location == "/index"
    page = get_page(browser, "/index")
    assert "Draft saved." in page.text and "Dear" not in page.fields("/index").get("post", "")
    page = get_page(browser, "/drafts")
    assert "News" in page.text and "Only you can see your drafts." in page.text
    publish = f"/draft/{only().id}/publish"
    fields = get_page(browser, f"/draft/{only().id}").fields(publish)
    assert {name: fields[name] for name in texts} == texts
    assert fields["visibility"] == "unlisted"
    assert written() == []
    answer = browser.post(publish, data=fields)
    post = db.session.scalars(db.select(Post)).one()
    assert answer.location == f"/post/{post.id}"
    assert (post.title, post.note, post.visibility) == ("News", "spring", "unlisted")
    assert drafts.count(ana) == 0 and "No drafts yet" in get_page(browser, "/drafts").text
    # A second click finds nothing to publish.
    assert browser.post(publish, data=fields).status_code == 404
    assert len(written()) == 1


def test_a_draft_is_changed_and_saved_again(browser, ana):
    row = keep(ana)
    path = f"/draft/{row.id}"
    page = get_page(browser, path)
    answer = save(browser, page, f"{path}/publish", path, post="Dear all of you")
    assert answer.location == "/drafts"
    assert [row.body for row in drafts.page(ana)] == ["Dear all of you"]


def test_publishing_from_the_page_it_was_saved_from_leaves_no_draft(browser, ana):
    page = get_page(browser, "/index")
    save(browser, page, "/index", post="Dear all")
    # As after going back.
    assert browser.post("/index", data={**page.fields("/index"), "post": "Dear all!"}).location
    assert written() == [("Dear all!", None)]
    assert drafts.count(ana) == 0


def test_a_reply_is_kept_with_what_it_replies_to(browser, ana, ben):
    parent = make_post(ben, "Who has a ladder?", visibility="unlisted")
    page = get_page(browser, f"/post/{parent.id}")
    form = f"/post/{parent.id}/reply"
    assert save(browser, page, form, post="I do.").location == f"/post/{parent.id}"
    row = only()
    assert row.reply_to_id == parent.id
    page = get_page(browser, f"/draft/{row.id}")
    assert "Who has a ladder?" in page.text
    fields = page.fields(f"/draft/{row.id}/publish")
    assert fields["visibility"] == "unlisted"
    browser.post(f"/draft/{row.id}/publish", data=fields)
    reply = db.session.scalars(db.select(Post).where(Post.author_id == ana.id)).one()
    assert (reply.reply_to_id, reply.visibility) == (parent.id, "unlisted")
    assert drafts.count(ana) == 0


def test_a_reply_for_followers_is_kept_though_it_has_no_choice_of_readers(browser, ana, ben):
    make_follow(ana, ben)
    parent = make_post(ben, "Who has a ladder?", visibility="followers")
    page = get_page(browser, f"/post/{parent.id}")
    form = f"/post/{parent.id}/reply"
    assert "visibility" not in page.fields(form)
    assert save(browser, page, form, post="I do.").location == f"/post/{parent.id}"
    row = only()
    assert (row.body, row.visibility) == ("I do.", "followers")
    path = f"/draft/{row.id}"
    page = get_page(browser, path)
    assert save(browser, page, f"{path}/publish", path, post="I do, ben.").location == "/drafts"
    fields = get_page(browser, path).fields(f"{path}/publish")
    assert browser.post(f"{path}/publish", data=fields).status_code == 302
    reply = db.session.scalars(db.select(Post).where(Post.author_id == ana.id)).one()
    assert (reply.body, reply.visibility, reply.audience_id) == ("I do, ben.", "followers", ben.id)


def test_a_draft_is_never_wider_than_what_it_replies_to_by_now(browser, ana, ben):
    make_follow(ana, ben)
    parent = make_post(ben, "Who has a ladder?")
    row = keep(ana, "I do.", reply_to_id=parent.id)
    visibilities.narrow(parent, "followers")
    db.session.commit()
    path = f"/draft/{row.id}"
    fields = get_page(browser, path).fields(f"{path}/publish")
    assert browser.post(f"{path}/publish", data=fields).status_code == 302
    reply = db.session.scalars(db.select(Post).where(Post.author_id == ana.id)).one()
    assert (reply.visibility, reply.audience_id) == ("followers", ben.id)


def test_a_reply_to_what_went_meanwhile_is_kept_and_found_in_the_list(browser, ana, ben):
    parent = make_post(ben, "Who has a ladder?")
    page = get_page(browser, f"/post/{parent.id}")
    posts.delete(parent)
    db.session.commit()
    answer = save(browser, page, f"/post/{parent.id}/reply", post="I do.")
    assert answer.location == "/drafts"
    assert "Draft saved." in get_page(browser, "/drafts").text


def test_a_reply_to_what_is_gone_becomes_a_post_only_knowingly(browser, ana, ben):
    parent = make_post(ben, "Who has a ladder?")
    row = keep(ana, "I do.", reply_to_id=parent.id)
    path = f"/draft/{row.id}"
    opened = get_page(browser, path)
    posts.delete(parent)
    db.session.commit()
    fields = opened.fields(f"{path}/publish")
    page = check_page(browser.post(f"{path}/publish", data=fields))
    assert "You can publish it on its own." in page.text
    assert page.fields(f"{path}/publish")["post"] == "I do."
    assert len(written()) == 1
    answer = browser.post(f"{path}/publish", data=page.fields(f"{path}/publish"))
    assert answer.status_code == 302
    reply = db.session.scalars(db.select(Post).where(Post.author_id == ana.id)).one()
    assert reply.reply_to_id is None


def test_a_draft_never_shows_what_its_author_may_not_read(browser, ana, ben):
    parent = make_post(ben, "For everyone")
    row = keep(ana, "I do.", reply_to_id=parent.id)
    visibilities.narrow(parent, "followers")
    db.session.commit()
    assert "For everyone" not in get_page(browser, f"/draft/{row.id}").text
    make_follow(ana, ben)
    assert "For everyone" in get_page(browser, f"/draft/{row.id}").text


def test_what_is_too_long_to_post_can_be_kept(app, browser, ana):
    app.config["POST_MAX_LENGTH"] = 20
    text = "This is longer than any post may be."
    page = get_page(browser, "/index")
    save(browser, page, "/index", post=text)
    path = f"/draft/{only().id}"
    fields = get_page(browser, path).fields(f"{path}/publish")
    page = check_page(browser.post(f"{path}/publish", data=fields))
    assert page.fields(f"{path}/publish")["post"] == text
    assert written() == [] and drafts.count(ana) == 1


def test_nothing_is_no_draft_and_too_many_are_refused_with_their_text(browser, ana, monkeypatch):
    page = get_page(browser, "/index")
    answer = save(browser, page, "/index", post="  ")
    assert answer.status_code == 422
    assert "Write something first." in check_page(answer).text
    monkeypatch.setattr(drafts, "DRAFTS_MAX", 0)
    answer = save(browser, page, "/index", post="Dear all")
    assert answer.status_code == 422
    refused = check_page(answer)
    assert "You have as many drafts as you can have." in refused.text
    # It can still be published from there.
    assert refused.fields("/index")["post"] == "Dear all"
    assert drafts.count(ana) == 0


def test_a_deleted_draft_comes_back(browser, ana):
    row = keep(ana)
    page = get_page(browser, "/drafts")
    delete, restore = f"/draft/{row.id}/delete", f"/draft/{row.id}/restore"
    assert browser.post(delete, data=page.fields(delete)).location == "/drafts"
    page = get_page(browser, "/drafts")
    assert "Draft deleted." in page.text and "No drafts yet" in page.text
    browser.post(restore, data=page.fields(restore))
    assert "Dear all" in get_page(browser, "/drafts").text
    assert browser.post(restore, data=page.fields(restore)).status_code == 404


def test_a_stranger_does_not_learn_that_a_draft_exists(browser, ben):
    row = keep(ben)
    fields = get_page(browser, "/index").fields("/index")
    for path in ("", "/publish", "/delete", "/restore"):
        assert browser.post(f"/draft/{row.id}{path}", data=fields).status_code == 404
    assert browser.get(f"/draft/{row.id}").status_code == 404
    assert only().body == "Dear all"


@pytest.mark.parametrize("key", ["", "k" * 65, "👩‍👩‍👧‍👦" * 30])
def test_without_a_key_that_can_be_kept_each_is_a_draft_of_its_own(browser, ana, key):
    page = get_page(browser, "/index")
    for text in ("One", "Two"):
        assert save(browser, page, "/index", post=text, form_key=key).status_code == 302
    assert sorted(row.body for row in drafts.page(ana)) == ["One", "Two"]


@pytest.mark.parametrize("reply_to", ["", "x", "0", "-1", "9" * 30, "٣"])
def test_what_is_no_post_to_reply_to_is_none(browser, reply_to):
    page = get_page(browser, "/index")
    save(browser, page, "/index", post="Dear all", reply_to=reply_to)
    assert only().reply_to_id is None


def autosave(browser, fields: dict[str, str], save_to: str = "/drafts", **values: str) -> str:
    """What the script sends while somebody writes, and the line that it gets."""
    answer = browser.post(save_to, data={**fields, **values, "as": "fragment"})
    assert answer.status_code == 200
    return answer.text.strip()


def test_what_is_typed_is_saved_while_somebody_writes(browser, ana):
    fields = get_page(browser, "/index").fields("/index")
    for text in ("Dear", "Dear all", "Dear all, it is spring"):
        assert ">Draft saved</a> <time" in autosave(browser, fields, post=text)
        assert only().body == text
    # Nothing is announced on the next page.
    page = get_page(browser, "/index")
    assert "Draft saved" not in page.text
    assert len([line for line in page.all("p") if line.get("class") == "autosaved"]) == 1

    path = f"/draft/{only().id}"
    fields = get_page(browser, path).fields(f"{path}/publish")
    assert "Draft saved" in autosave(browser, fields, path, post="Dear friends")
    assert only().body == "Dear friends"
    # What is empty for a moment is no reason to lose it.
    assert autosave(browser, fields, path, post="") == ""
    assert only().body == "Dear friends"
    browser.post(f"{path}/publish", data={**fields, "post": "Dear friends"})
    assert drafts.count(ana) == 0 and written() == [("Dear friends", None)]


def test_whoever_takes_back_all_that_they_typed_leaves_no_draft(browser, ana):
    fields = get_page(browser, "/index").fields("/index")
    autosave(browser, fields, post="Never mind")
    assert autosave(browser, fields, post="") == ""
    assert drafts.count(ana) == 0


def test_a_composer_says_why_its_text_is_not_saved(browser, ana, monkeypatch):
    fields = get_page(browser, "/index").fields("/index")
    said = autosave(browser, fields, post="Dear all", title="x" * 300)
    assert "too long" in said and drafts.count(ana) == 0
    keep(ana)
    monkeypatch.setattr(drafts, "DRAFTS_MAX", 1)
    said = autosave(browser, fields, post="Dear all")
    assert "drafts" in said and "<a" not in said and only().body == "Dear all"


def test_what_is_saved_too_late_says_so(browser, ana):
    draft = keep(ana)
    fields = get_page(browser, f"/draft/{draft.id}").fields(f"/draft/{draft.id}/publish")
    browser.post(f"/draft/{draft.id}/delete", data=fields)
    answer = browser.post(f"/draft/{draft.id}", data={**fields, "as": "fragment"})
    assert answer.status_code == 404
