"""What people write, as others read it: links, direction, excerpts, lengths and light Markdown."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.models import Message, Post, Token
from tests.support.factories import make_message, make_post
from tests.support.pages import check_page, get_page, log_in, send

CHINESE = "我们今天下午在图书馆见面，请带上你的笔记本和上次借的书。"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
NOTHING = ["\u200b", "\u3164", "\u2800", "\u00ad", "\u200d\u200d", "\U000e0020", "\u2800\n\u2800"]


def newest() -> Post:
    return db.session.scalars(sa.select(Post).order_by(Post.id.desc())).first()


def count(model) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def hrefs(client, post: Post) -> list[str]:
    (words,) = get_page(client, f"/post/{post.id}").all("div", class_="prose")
    return [link.get("href") for link in words.iter("a")]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://example.com/wiki/Tick..._Boom", ["https://example.com/wiki/Tick..._Boom"]),
        ("(See http://example.com/foo().)", ["http://example.com/foo()"]),
        ("https://M\u00dcLLER.example/", ["https://xn--mller-kva.example/"]),
        ("cc @ana/@ben -@ben \uff20ben", ["/user/ana", *["/user/ben"] * 3]),
        ("#a/#b", ["/tag/a", "/tag/b"]),
        ("https://xn--a.example/ [a]() [a](/logout)", []),
    ],
)
def test_a_link_leads_where_its_author_meant(client, ana, ben, text, links):
    log_in(client, ana)
    send(client, "/index", post=text)
    assert hrefs(client, newest()) == links


@pytest.mark.parametrize("text", NOTHING)
def test_what_shows_nothing_is_refused_on_every_form(client, ana, ben, text):
    log_in(client, ana)
    make_message(ben, ana)
    for url, action, name in (
        ("/index", None, "post"),
        ("/messages/ben", "/send_message/ben", "message"),
        ("/settings/tokens", "/settings/tokens", "name"),
    ):
        response = send(client, url, action, **{name: text})
        assert response.status_code == 422, url
        assert "Please fill this in." in check_page(response).text
    assert (count(Post), count(Message), count(Token)) == (0, 1, 0)


@pytest.mark.parametrize("text", [*NOTHING, "\u0301"])
def test_a_name_of_nothing_is_as_if_none_was_given(client, ana, text):
    log_in(client, ana)
    send(client, "/settings/profile", display_name=text, about_me=text)
    page = get_page(client, "/user/ana")
    assert page.all("h1")[0].text == "ana"
    assert not page.all("p", class_="about")


def test_an_excerpt_is_as_long_in_chinese_as_in_english(app, client, ana, ben):
    app.config["POST_MAX_LENGTH"] = 5000
    make_post(ben, f"@ana {CHINESE * 6}")
    make_message(ben, ana, f"Hi {CHINESE * 6}")
    long = make_post(ben, "Python " + "字" * 1400)
    log_in(client, ana)
    for url in ("/notifications/all", "/messages"):
        (excerpt,) = get_page(client, url).all("span", class_="item__excerpt")
        assert 100 < len(excerpt.text) <= 120
    (card,) = get_page(client, "/explore").all("article", id=f"post-{long.id}")
    words = [part for part in card.itertext() if part.startswith("Python")]
    assert [len(part) for part in words] == [480]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("@ana \u05e9\u05dc\u05d5\u05dd \u05dc\u05db\u05d5\u05dc\u05dd", "rtl"),
        ("@ana \u0645\u0631\u062d\u0628\u0627 https://example.com", "rtl"),
        ("https://example.com/x @ana \u05e9\u05dc\u05d5\u05dd", "rtl"),
        ("@ana hello", "ltr"),
    ],
)
def test_names_and_addresses_do_not_turn_a_text_around(client, ana, ben, text, side):
    post = make_post(ben, text)
    make_message(ben, ana, text)
    log_in(client, ana)
    for url in (f"/post/{post.id}", "/explore", "/messages/ben"):
        # Without a side of its own, a text is read from the left as the page is.
        (words,) = get_page(client, url).all("div", class_="prose")
        assert words.get("dir", "ltr") == side
    for url in ("/notifications/all", "/messages"):
        (excerpt,) = get_page(client, url).all("span", class_="item__excerpt")
        assert excerpt.get("dir") == side


@pytest.mark.parametrize("text", ["S\u00ed", "\u00a1Vamos!", "hola", "\u00bfQu\u00e9 tal?"])
@pytest.mark.parametrize("language", ["es", None])
def test_a_few_letters_are_in_no_third_language(client, ana, text, language):
    ana.language = language
    db.session.commit()
    log_in(client, ana)
    send(client, "/index", post=text)
    assert newest().language in ("es", None)


def test_a_family_is_one_character_everywhere(app, client, ana):
    app.config["POST_MAX_LENGTH"] = 10
    log_in(client, ana)
    assert send(client, "/index", post=FAMILY * 10, title=FAMILY * 120).status_code == 302
    assert newest().body == FAMILY * 10
    page = check_page(send(client, "/index", post=FAMILY * 11))
    assert "This is 1 character too long." in page.text
    name = FAMILY * 50
    assert send(client, "/settings/profile", display_name=name).status_code == 302
    assert get_page(client, "/user/ana").all("h1")[0].text == name


def test_accents_cannot_be_piled_up_without_end(app, client, ana):
    app.config["POST_MAX_LENGTH"] = 10
    text = "a" + "\u0323" * 101
    log_in(client, ana)
    response = send(client, "/index", post=text)
    assert response.status_code == 422
    assert "Too many accents" in check_page(response).text
    assert send(client, "/index", post=("a" + "\u0323" * 9) * 10).status_code == 302


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("/index", "post"),
        ("/settings/profile", "display_name"),
        ("/settings/profile", "about_me"),
        ("/messages/ben", "message"),
    ],
)
def test_no_letter_towers_above_what_others_wrote(client, ana, ben, page, field):
    log_in(client, ana)
    action = "/send_message/ben" if field == "message" else page
    tower = {field: "Hello z" + "\u0337\u0323\u0311" * 20}
    response = send(client, page, action, **tower)
    assert response.status_code == 422
    assert "Too many accents" in check_page(response).text
    # Cantillation, Tibetan stacks, and marks for each of many letters are writing.
    for words in ("בְּרֵאשִׁ֖ית", "\u0f67\u0f71\u0f74\u0f83\u0f90\u0fb5\u0fa8\u0fb3\u0fba", "ạ̈" * 20):
        assert send(client, page, action, **{field: words}).status_code == 302


def test_a_long_address_is_shown_short_and_stored_whole(client, ana):
    url = "https://example.com/" + "a" * 64
    post = make_post(ana, f"See {url}")
    log_in(client, ana)
    (words,) = get_page(client, f"/post/{post.id}").all("div", class_="prose")
    assert "".join(words.itertext()).strip() == f"See {url}"
    assert f">{'a' * 64}" not in post.html
    feed = client.get("/user/ana/feed.json").json["items"][0]
    assert feed["content_html"].count("a" * 64) == 2


def test_light_markdown_is_read_everywhere_without_its_signs(client, ana, ben):
    body = "@ana **Bread** is `fresh`:\n- rye\n- wheat\nSee you."
    post = make_post(ben, body)
    log_in(client, ana)
    page = get_page(client, f"/post/{post.id}")
    assert [item.text for item in page.all("li") if item.text in ("rye", "wheat")] == [
        "rye",
        "wheat",
    ]
    (excerpt,) = get_page(client, "/notifications/all").all("span", class_="item__excerpt")
    assert excerpt.text == "@ana Bread is fresh: rye wheat See you."
    feed = client.get("/user/ben/feed.json").json["items"][0]
    assert feed["title"] == "@ana Bread is fresh: rye wheat See you."
    assert "<li>rye</li>" in feed["content_html"]
    log_in(client, ben)
    assert get_page(client, f"/post/{post.id}/edit").fields(f"/post/{post.id}/edit")["post"] == (
        body
    )


@pytest.mark.parametrize(
    ("text", "asked", "is_found"),
    [
        ("\u0141\u00f3d\u017a", "lodz", True),
        ("lodz", "\u0142\u00f3d\u017a", True),
        ("\u0152uvre", "oeuvre", True),
        ("\u00c6r\u00f8 S\u00f8ren", "soren aero", True),
        ("\u0131s\u0131 \u0111\u1eb9p", "dep isi", True),
        ("\u30ac", "\u30ab", False),
    ],
)
def test_letters_are_found_as_they_are_typed_elsewhere(client, ana, text, asked, is_found):
    post = make_post(ana, text)
    log_in(client, ana)
    page = get_page(client, f"/search?q={asked}")
    assert bool(page.all("article", id=f"post-{post.id}")) is is_found
