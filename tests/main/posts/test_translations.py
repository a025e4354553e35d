"""Translating posts: the button, what it sends, what is kept, and what a bad service cannot do."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from app import db
from app.backends.translation import http
from app.lib.text import normalize
from app.models import Translation
from app.services.posts import posts
from app.services.posts.composition import compose_in
from tests.main.posts.test_hostile_texts import XSS
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import check_page, counted_statements, get_page, log_in
from tests.support.translators import LIES

SPANISH = "Hola, vecinos. La panadería abre otra vez el sábado."
BAD = ["redirect", "garbage", "deep garbage", "100 kB", "no HTTP", "hang up", *LIES]
SORRY = "No response from the translation service."


@pytest.fixture
def site(app, service):
    """The app, with a translation service of its own."""
    app.config["LIBRETRANSLATE_URL"] = service.url
    return app


@pytest.fixture
def post(site, ben):
    return make_post(ben, SPANISH, language="es")


@pytest.fixture
def reader(site, client, ana):
    log_in(client, ana)
    return client


def buttons(client, url):
    return [
        b.get("formaction") for b in get_page(client, url).all("button", class_="post__translate")
    ]


def press(client, post, page="/explore", **more):
    """Press the button below `post` on `page`."""
    action = f"/post/{post.id}/translation"
    assert action in buttons(client, page)
    fields = get_page(client, page).fields(action)
    return client.post(action, data=fields | more)


def kept_count():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Translation))


def test_the_button_leads_to_the_post_with_its_translation(reader, service, post):
    for page in ("/explore", f"/post/{post.id}"):
        response = press(reader, post, page)
        assert response.status_code == 302
        assert response.location == f"/post/{post.id}?translation=en#translation"
        shown = get_page(reader, response.location)
        assert "Translated from Spanish" in shown.text
        [text] = shown.all("p", class_="translation__text")
        assert (text.text, text.get("lang")) == (f"[en] {SPANISH}", "en")
        assert not shown.all("button", class_="post__translate")
    assert len(service.asked) == 1, "asked once, then kept"
    assert service.asked[0].question == {
        "q": SPANISH,
        "source": "es",
        "target": "en",
        "format": "text",
    }


def test_a_script_gets_only_the_part_it_puts_in_place(reader, post):
    response = press(reader, post, **{"as": "fragment"})
    assert response.status_code == 200
    assert "<html" not in response.text
    assert 'lang="en"' in response.text and f"[en] {SPANISH}" in response.text


def test_the_button_is_for_members_and_for_foreign_languages(app, reader, service, post, ben):
    english = make_post(ben, "The bakery opens again on Saturday.", language="en")
    unknown = make_post(ben, "123", language=None)
    strange = make_post(ben, "Salam", language="az")
    action = f"/post/{post.id}/translation"
    assert buttons(reader, "/explore") == [action]
    assert buttons(app.test_client(), "/explore") == []
    for other in (english, unknown, strange):
        token = get_page(reader, "/explore").fields(action)
        assert reader.post(f"/post/{other.id}/translation", data=token).status_code == 404
    app.config["LIBRETRANSLATE_URL"] = None
    assert buttons(reader, "/explore") == []
    assert service.asked == []


def test_the_button_follows_the_language_of_the_pages(reader, ana, post, ben):
    english = make_post(ben, "The bakery opens again on Saturday.", language="en")
    ana.language = "es"
    db.session.commit()
    assert buttons(reader, "/explore") == [f"/post/{english.id}/translation"]
    response = press(reader, english)
    assert response.location == f"/post/{english.id}?translation=es#translation"
    assert "[es] The bakery" in get_page(reader, response.location).text


def test_reading_asks_nobody(app, reader, service, post):
    page = get_page(reader, f"/post/{post.id}?translation=en")
    assert not page.all("p", class_="translation__text")
    assert page.all("button", class_="post__translate")
    press(reader, post)
    visitor = get_page(app.test_client(), f"/post/{post.id}?translation=en")
    assert not visitor.all("p", class_="translation__text")
    for code in ("de", "", "en-GB", "<b>"):
        get_page(reader, f"/post/{post.id}?translation={code}", 404)
    assert len(service.asked) == 1


def test_an_edited_post_is_translated_anew(reader, service, post):
    press(reader, post)
    posts.edit(post, compose_in("es", "Cerrado por ahora."))
    db.session.commit()
    assert "[en]" not in get_page(reader, f"/post/{post.id}?translation=en").text
    press(reader, post)
    assert "[en] Cerrado" in get_page(reader, f"/post/{post.id}?translation=en").text
    assert (len(service.asked), kept_count()) == (2, 1)


def test_of_a_post_with_a_title_both_are_translated_as_words(reader, service, ben):
    post = make_post(ben, "**Hola** [vecinos](https://example.org)", title="Pan", language="es")
    press(reader, post)
    assert service.asked[0].question["q"] == "Pan\n\nHola vecinos"
    [text] = get_page(reader, f"/post/{post.id}?translation=en").all(
        "p", class_="translation__text"
    )
    assert text.text == "[en] Pan\n\nHola vecinos"


@pytest.mark.parametrize("payload", XSS)
def test_what_the_service_says_is_only_text(reader, ben, payload):
    post = make_post(ben, payload, language="es")
    assert press(reader, post).status_code == 302
    page = get_page(reader, f"/post/{post.id}?translation=en")
    [text] = page.all("p", class_="translation__text")
    assert (text.text, list(text)) == (f"[en] {normalize(payload)}", [])


@pytest.mark.slow
@pytest.mark.parametrize("manner", [*BAD, "401", "429", "500"])
def test_a_bad_service_costs_a_sentence_and_nothing_else(reader, service, post, manner):
    service.manner = manner
    response = press(reader, post)
    assert response.location == f"/post/{post.id}"
    page = get_page(reader, response.location)
    assert SORRY in page.text and "hunter2" not in page.text
    assert SORRY in press(reader, post, **{"as": "fragment"}).text
    assert kept_count() == 0
    service.manner = "right"
    assert "translation=en" in press(reader, post).location


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_slow_service_costs_the_same_sentence(reader, service, post, manner, monkeypatch):
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    service.manner = manner
    response = press(reader, post)
    assert SORRY in get_page(reader, response.location).text


def test_nobody_waits_for_the_service_with_the_database_in_hand(site, reader, service, post):
    seen = []

    def look() -> None:
        seen.append(pool.checkedout())
        if is_sqlite:
            other = sqlite3.connect(db_path, timeout=0, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            other.close()
        seen.append("free")

    pool, db_path = db.engine.pool, db.engine.url.database
    is_sqlite = db.engine.dialect.name == "sqlite"
    site.config["RATELIMIT_ENABLED"] = True
    for more in ({}, {"as": "fragment"}):
        service.meanwhile = look
        press(reader, post, **more)
        db.session.execute(sa.delete(Translation))
        db.session.commit()
    # The connection that is out belongs to the test itself, if any.
    assert seen[1::2] == ["free", "free"]
    assert max(seen[::2]) <= 1


def test_a_post_that_changes_meanwhile_is_answered_and_not_kept(site, reader, service, post):
    changes = [lambda it: posts.edit(it, compose_in("es", "Otra cosa")), posts.delete]
    for change in changes:

        def meanwhile(change=change, post_id=post.id) -> None:
            with site.app_context():
                change(db.session.get_one(type(post), post_id))
                db.session.commit()

        service.meanwhile = meanwhile
        response = press(reader, post, **{"as": "fragment"})
        assert (response.status_code, kept_count()) == (200, 0)
        assert "[en]" in response.text
    get_page(reader, f"/post/{post.id}", 404)


def test_sixty_an_hour_and_kept_ones_do_not_count(site, reader, service, ben, post):
    site.config["RATELIMIT_ENABLED"] = True
    fields = get_page(reader, "/explore").fields(f"/post/{post.id}/translation")
    written = [make_post(ben, f"{SPANISH} {n}", language="es") for n in range(61)]
    for one in written[:60]:
        assert reader.post(f"/post/{one.id}/translation", data=fields).status_code == 302
    assert reader.post(f"/post/{written[0].id}/translation", data=fields).status_code == 302
    refused = reader.post(f"/post/{written[60].id}/translation", data=fields)
    assert refused.status_code == 429 and refused.headers["Retry-After"]
    assert len(service.asked) == 60


def test_pages_stay_within_their_budget_with_buttons_and_translations(reader, ana, ben, post):
    make_follow(ana, ben)
    for _ in range(25):
        make_post(ben, SPANISH, language="es")
    assert len(buttons(reader, "/index")) == 25
    press(reader, post, f"/post/{post.id}")
    url = f"/post/{post.id}?translation=en"
    with counted_statements() as ran:
        check_page(reader.get(url))
    # One of them for the replies.
    assert len(ran) <= 5, ran


def token(client):
    return {"X-CSRF-Token": get_page(client, "/auth/logout").fields("/auth/logout")["csrf_token"]}


def question(**changes):
    base = {"text": SPANISH, "source_language": "es", "dest_language": "en"}
    return base | changes


def ask(client, **changes):
    return client.post("/translate", json=question(**changes), headers=token(client))


def test_programs_get_the_text_of_a_post_translated(reader, service, post):
    for _ in range(2):
        response = ask(reader)
        assert (response.status_code, response.json) == (200, {"text": f"[en] {SPANISH}"})
    assert len(service.asked) == 1


def test_only_texts_that_the_reader_may_see_are_sent_away(reader, service, post):
    assert ask(reader, text="A private note").status_code == 404
    assert ask(reader, source_language="fr").status_code == 404
    posts.delete(post)
    db.session.commit()
    assert ask(reader).status_code == 404
    assert service.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": None},
        {"text": ["Hola"]},
        {"text": 7},
        {"source_language": "xx"},
        {"source_language": "en"},
        {"source_language": "es&to=fr"},
        {"dest_language": "de"},
        {"dest_language": "en&x=1"},
        {"dest_language": {}},
    ],
)
def test_a_bad_question_is_refused(reader, service, post, changes):
    assert ask(reader, **changes).status_code == 422
    assert service.asked == []


def test_only_json_with_its_token_is_read(reader, post):
    headers = token(reader)
    assert reader.post("/translate", data=question(), headers=headers).status_code == 415
    assert reader.post("/translate", json=question()).status_code == 400
    for body, status in (
        ("{", 400),
        ("[" * 50_000, 400),
        ("[]", 422),
        ("null", 422),
        ('"x"', 422),
        ("{}", 422),
        ('{"text": "\\ud800\\u0000", "source_language": "es", "dest_language": "en"}', 404),
    ):
        answer = reader.post(
            "/translate", data=body, headers=headers, content_type="application/json"
        )
        assert answer.status_code == status, body[:20]


def test_what_keeps_programs_from_a_translation_is_said_in_the_text(site, reader, service, post):
    service.manner = "500"
    assert ask(reader).json["text"].startswith(SORRY)
    site.config["LIBRETRANSLATE_URL"] = None
    assert ask(reader).json == {"text": "Translation isn't set up on this site."}


def test_without_a_service_the_form_says_so(site, reader, post):
    fields = get_page(reader, "/explore").fields(f"/post/{post.id}/translation")
    site.config["LIBRETRANSLATE_URL"] = None
    response = reader.post(f"/post/{post.id}/translation", data=fields)
    assert "set up on this site" in get_page(reader, response.location).text


def test_whoever_is_not_confirmed_costs_the_service_nothing(site, client, service, post):
    site.config["EMAILS_MUST_BE_VERIFIED"] = True
    log_in(client, make_user("dora", email_verified_at=None))
    page = get_page(client, "/explore")
    assert not page.all("button", class_="post__translate")
    assert client.post("/translate", json=question(), headers=token(client)).status_code == 403
    fields = {"csrf_token": token(client)["X-CSRF-Token"]}
    assert client.post(f"/post/{post.id}/translation", data=fields).status_code == 404
    assert service.asked == []


def test_words_for_followers_go_to_no_other_server(reader, service, ana, ben):
    make_follow(ana, ben)
    post = make_post(ben, SPANISH, language="es", visibility="followers")
    action, page = f"/post/{post.id}/translation", f"/post/{post.id}"
    assert SPANISH in get_page(reader, page).text and action not in buttons(reader, page)
    fields = get_page(reader, page).fields(f"{page}/like")
    assert reader.post(action, data=fields).status_code == 404
    answer = reader.post("/translate", json=question(text=SPANISH), headers=token(reader))
    assert answer.status_code == 403
    assert service.asked == []
