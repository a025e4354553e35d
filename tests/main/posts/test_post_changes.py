"""Edit a post, correct its language, delete it and take that back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app import db
from app.models import PostRevision, User
from app.services.posts import posts
from tests.support.factories import make_post
from tests.support.pages import check_page, get_page, log_in, send

pytestmark = pytest.mark.slow

ENGLISH = "The bakery on the corner opens again tomorrow morning."


def revisions_count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(PostRevision))


def posts_count(person: User) -> int:
    return db.session.scalar(sa.select(User.posts_count).where(User.id == person.id))


def test_the_author_corrects_the_language_without_a_new_version(client, ana):
    post = make_post(ana, ENGLISH)
    log_in(client, ana)
    assert send(client, f"/post/{post.id}/edit", language="eo").status_code == 302
    db.session.expire_all()
    assert (post.language, post.edited_at) == ("eo", None)
    assert revisions_count() == 0
    assert "Esperanto" in get_page(client, f"/post/{post.id}").text
    assert send(client, f"/post/{post.id}/edit", language="").status_code == 302
    db.session.expire_all()
    assert post.language is None


def test_a_language_without_a_name_of_ours_survives_an_edit(client, ana):
    post = make_post(ana, "Gallia est omnis divisa in partes tres.", language="la")
    log_in(client, ana)
    send(client, f"/post/{post.id}/edit", post="Gallia est omnis divisa in partes duas.")
    db.session.expire_all()
    assert post.language == "la"


@pytest.mark.parametrize("language", ["xx", "<script>", "en-GB", "e" * 500])
def test_an_unknown_language_is_refused(client, ana, language):
    post = make_post(ana, ENGLISH)
    log_in(client, ana)
    assert send(client, f"/post/{post.id}/edit", language=language).status_code == 422
    db.session.expire_all()
    assert post.language == "en"


def test_an_edited_post_is_marked_and_its_earlier_versions_can_be_read(app, client, ana):
    post = make_post(ana, "First #one")
    log_in(client, ana)
    for text, title in (("Second #two", ""), ("Third *x*", "Titled")):
        send(client, f"/post/{post.id}/edit", post=text, title=title)
    visitor = app.test_client()
    page = get_page(visitor, f"/post/{post.id}")
    assert "Third x" in page.text
    assert page.all("a", href=f"/post/{post.id}/history")
    history = get_page(visitor, f"/post/{post.id}/history").text
    assert history.index("Second #two") < history.index("First #one")
    assert "Third" not in history
    assert "edited" in get_page(visitor, "/explore").text
    assert posts_count(ana) == 1
    assert "Third x" not in get_page(visitor, "/tag/one").text


def test_an_edit_that_changes_nothing_is_no_version(client, ana):
    post = make_post(ana, "Same\n\nwords", title="Title")
    log_in(client, ana)
    send(client, f"/post/{post.id}/edit")
    send(client, f"/post/{post.id}/edit", post=" Same\r\n\r\n\r\n\r\nwords ")
    db.session.expire_all()
    assert post.edited_at is None
    assert revisions_count() == 0
    assert "No earlier versions" in get_page(client, f"/post/{post.id}/history").text


def test_an_edit_that_is_too_long_is_given_back(client, ana):
    post = make_post(ana)
    log_in(client, ana)
    response = send(client, f"/post/{post.id}/edit", post="b" * 281)
    assert response.status_code == 422
    page = check_page(response)
    assert page.fields(f"/post/{post.id}/edit")["post"] == "b" * 281
    assert "This is 1 character too long." in page.text


def stranger_form(client: FlaskClient) -> dict[str, str]:
    return {"csrf_token": get_page(client, "/index").fields("/index")["csrf_token"], "post": "x"}


@pytest.mark.parametrize("verb", ["edit", "delete", "restore"])
def test_a_stranger_changes_nothing(client, ana, cleo, verb):
    post = make_post(ana)
    log_in(client, cleo)
    response = client.post(f"/post/{post.id}/{verb}", data=stranger_form(client))
    assert response.status_code == (404 if verb == "restore" else 403)
    check_page(response)
    assert "The bakery opens again." in get_page(client, f"/post/{post.id}").text
    page = get_page(client, f"/post/{post.id}/menu")
    assert not page.all("button", formaction=f"/post/{post.id}/delete")
    get_page(client, f"/post/{post.id}/edit", 403)


@pytest.mark.parametrize("verb", ["edit", "delete", "restore"])
def test_a_visitor_is_led_to_sign_in(client, ana, verb):
    post = make_post(ana)
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"]
    response = client.post(f"/post/{post.id}/{verb}", data={"csrf_token": token})
    assert response.location == "/auth/login"
    assert posts_count(ana) == 1


def test_a_deleted_post_is_gone_everywhere_with_its_history(app, client, ana):
    post = make_post(ana, "Regret #soon")
    log_in(client, ana)
    send(client, f"/post/{post.id}/edit", post="Much regret #soon")
    send(client, f"/post/{post.id}/menu", f"/post/{post.id}/delete")
    for browser, status in ((client, 410), (app.test_client(), 404)):
        get_page(browser, f"/post/{post.id}", status)
        get_page(browser, f"/post/{post.id}/history", 404)
        for url in ("/explore", "/user/ana", "/tag/soon"):
            assert "regret" not in get_page(browser, url).text
    assert "regret" not in get_page(client, "/index").text
    get_page(client, f"/post/{post.id}/edit", 404)
    assert posts_count(ana) == 0


def test_deleting_offers_undo_which_brings_everything_back(client, ana):
    post = make_post(ana, "Regret #soon")
    log_in(client, ana)
    menu, came_from = f"/post/{post.id}/menu", {"Referer": "http://localhost/index"}
    fields = get_page(client, menu, headers=came_from).fields(f"/post/{post.id}/delete")
    assert client.post(f"/post/{post.id}/delete", data=fields).location == "/index"
    page = get_page(client, "/index")
    assert "Post deleted." in page.text
    undo = page.fields(f"/post/{post.id}/restore")
    assert client.post(f"/post/{post.id}/restore", data=undo).location == "/index"
    page = get_page(client, "/index")
    assert "Post restored." in page.text
    assert "Regret" in page.text
    assert "Regret" in get_page(client, "/tag/soon").text
    assert posts_count(ana) == 1


def test_a_second_click_on_delete_or_undo_counts_nothing(client, ana):
    post = make_post(ana)
    log_in(client, ana)
    fields = get_page(client, f"/post/{post.id}/menu").fields(f"/post/{post.id}/delete")
    for verb, number in (("delete", 0), ("restore", 1)):
        statuses = [client.post(f"/post/{post.id}/{verb}", data=fields) for _ in range(2)]
        assert [response.status_code for response in statuses] == [302, 404]
        assert posts_count(ana) == number


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", "\t/x"])
def test_deleting_never_leads_to_another_site(client, ana, target):
    post = make_post(ana)
    log_in(client, ana)
    response = send(client, f"/post/{post.id}/menu", f"/post/{post.id}/delete", next=target)
    assert response.location == "/user/ana"


def test_an_edit_of_a_post_deleted_meanwhile_gives_its_words_back(client, ana):
    post = make_post(ana, ENGLISH)
    log_in(client, ana)
    path = f"/post/{post.id}/edit"
    fields = get_page(client, path).fields(path) | {"post": "An hour of correcting."}
    send(client, f"/post/{post.id}/menu", f"/post/{post.id}/delete")
    page = check_page(client.post(path, data=fields))
    (kept,) = page.all("textarea")
    assert kept.text == "An hour of correcting."


def test_the_address_of_a_deleted_post_offers_undo_to_its_author_alone(app, client, ana, ben):
    post = make_post(ana, "Gone <b>too</b> soon.")
    posts.delete(post)
    db.session.commit()
    path = f"/post/{post.id}"
    log_in(client, ana)
    page = get_page(client, path, 410)
    assert "You deleted this" in page.text
    assert "Gone <b>too</b> soon." in page.text
    other = app.test_client()
    log_in(other, ben)
    for stranger in (other, app.test_client()):
        assert "soon" not in get_page(stranger, path, 404).text
    undone = client.post(f"{path}/restore", data=page.fields(f"{path}/restore"))
    assert undone.location == path
    assert "Gone <b>too</b> soon." in get_page(client, path).text


def test_what_was_deleted_lately_is_listed_and_comes_back(app, client, ana, ben):
    app.config["POSTS_PER_PAGE"] = 2
    for author, words in ((ana, "first"), (ana, "second"), (ana, "third"), (ben, "another's")):
        posts.delete(make_post(author, f"The {words} one."))
    make_post(ana, "The one that stays.")
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/settings/deleted")
    assert "third" in page.text and "second" in page.text
    assert not any(word in page.text for word in ("first", "another", "stays"))
    older = page.all("a", rel="next")[0].get("href")
    assert "first" in get_page(client, older).text
    actions = [str(form.get("action")) for form in page.all("form")]
    undo = next(action for action in actions if action.endswith("/restore"))
    assert client.post(undo, data=page.fields(undo)).location == "/settings/deleted"
    assert "third" not in get_page(client, "/settings/deleted").text
    assert "third" in get_page(client, "/user/ana").text
