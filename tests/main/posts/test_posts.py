"""One post through the front door: publish, read, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Post, User
from app.services.posts import posts
from tests.support.pages import check_page, counted_statements, get_page, log_in, send

TOO_LONG = {
    "letters": ("a" * 281, 1),
    "composed after NFC": ("é" * 290, 10),
    "emoji": ("🙂" * 281, 1),
    "newlines": ("a\r\n" * 140 + "ab", 2),
}
JUST_RIGHT = {
    "letters": "a" * 280,
    "decomposed, 560 code points as sent": "e\u0301" * 280,
    "emoji": "🙂" * 280,
    "newlines as browsers send them": "a\r\n" * 139 + "ab",
    "newlines of an old Mac": "a\r" * 139 + "ab",
    "spaces around do not count": " " * 50 + "a" * 280 + "\n\n",
}


def newest() -> Post:
    db.session.expire_all()
    return db.session.scalars(sa.select(Post).order_by(Post.id.desc()).limit(1)).one()


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def posts_count(person: User) -> int:
    return db.session.scalar(sa.select(User.posts_count).where(User.id == person.id))


def test_a_post_appears_at_home_on_the_profile_and_at_its_own_address(client, ana):
    log_in(client, ana)
    response = send(client, "/index", post="The bakery opens again.")
    assert (response.status_code, response.location) == (302, "/index")
    home = get_page(client, "/index")
    assert "Posted." in home.text
    assert "Posted." not in get_page(client, "/index").text
    for url in ("/index", "/explore", "/user/ana", f"/post/{newest().id}"):
        assert "The bakery opens again." in get_page(client, url).text
    assert posts_count(ana) == 1


def test_publishing_takes_ten_statements_and_none_after_it_was_stored(client, ana):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index") | {"post": "The bakery opens again."}
    with counted_statements() as ran:
        assert client.post("/index", data=fields).status_code == 302
    assert len(ran) == 10, ran
    assert sum(statement.startswith("DELETE FROM draft") for statement in ran) == 1
    assert ran[-1].startswith("UPDATE submission")


def test_the_same_words_again_lead_to_the_post_that_has_them(app, client, ana, ben):
    log_in(client, ana)
    send(client, "/index", post="Tea is ready.")
    address = f"/post/{newest().id}"
    assert send(client, "/index", post=" Tea is ready. ").location == address
    assert "You just posted this." in get_page(client, address).text
    assert count(Post) == 1
    # Other words, somebody else, after a deletion, and later.
    assert send(client, "/index", post="Tea is ready!").location == "/index"
    assert send(client, "/index", post="Tea is ready.", title="News").location == "/index"
    other = app.test_client()
    log_in(other, ben)
    assert send(other, "/index", post="Tea is ready.").location == "/index"
    send(client, f"{address}/menu", f"{address}/delete")
    assert send(client, "/index", post="Tea is ready.").location == "/index"
    db.session.execute(sa.update(Post).values(created_at=utcnow() - timedelta(minutes=11)))
    db.session.commit()
    assert send(client, "/index", post="Tea is ready.").location == "/index"


@pytest.mark.slow
def test_an_account_of_its_first_day_publishes_ten_posts_an_hour(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    statuses = [send(client, "/index", post=f"Number {n}").status_code for n in range(11)]
    assert statuses == [302] * 10 + [429]
    ana.created_at = utcnow() - timedelta(hours=25)
    db.session.commit()
    assert send(client, "/index", post="Number 11").status_code == 302


@pytest.mark.parametrize("text", JUST_RIGHT.values(), ids=JUST_RIGHT)
def test_280_characters_fit_however_they_are_sent(client, ana, text):
    log_in(client, ana)
    assert send(client, "/index", post=text).status_code == 302
    assert len(newest().body) == 280 or "\n" in newest().body


@pytest.mark.parametrize(("text", "surplus"), TOO_LONG.values(), ids=TOO_LONG)
def test_a_post_that_is_too_long_is_given_back_with_the_number_of_characters(
    client, ana, text, surplus
):
    log_in(client, ana)
    response = send(client, "/index", post=text, title="Kept")
    assert response.status_code == 422
    page = check_page(response)
    noun = "character" if surplus == 1 else "characters"
    assert f"This is {surplus} {noun} too long." in page.text
    fields = page.fields("/index")
    assert fields["post"] == text.replace("\r\n", "\n")
    assert fields["title"] == "Kept"
    assert count(Post) == 0


@pytest.mark.parametrize("text", ["", "   ", "\r\n \t\r\n", "\u00a0\u3000", "\x01\x02"])
def test_a_post_of_nothing_is_refused(client, ana, text):
    log_in(client, ana)
    response = send(client, "/index", post=text)
    assert response.status_code == 422
    assert "Please fill this in." in check_page(response).text
    assert count(Post) == 0


def test_the_longest_post_is_a_setting(app, client, ana):
    app.config["POST_MAX_LENGTH"] = 10
    log_in(client, ana)
    assert send(client, "/index", post="a" * 11).status_code == 422
    assert send(client, "/index", post="a" * 10).status_code == 302


def test_headings_and_numbers_need_a_title_and_emphasis_needs_none(client, ana):
    log_in(client, ana)
    body = "# Some **bold** words\n\n1984. A book"
    send(client, "/index", post=body, title="  News \n of the day ")
    page = get_page(client, f"/post/{newest().id}")
    assert "News of the day" in [title.text for title in page.all("*", class_="post__title")]
    assert [bold.text for bold in page.all("strong")] == ["bold"]
    lists = [one for one in page.all("ol") if not one.get("class")]
    assert (len(lists), len(page.all("h3"))) == (1, 1)
    send(client, "/index", post=body)
    page = get_page(client, f"/post/{newest().id}")
    assert [bold.text for bold in page.all("strong")] == ["bold"]
    assert not [one for one in page.all("ol") if not one.get("class")]
    assert "# Some bold words" in page.text
    assert "1984. A book" in page.text


def test_a_title_that_is_too_long_is_refused_and_everything_kept(client, ana):
    log_in(client, ana)
    response = send(client, "/index", post="Body", title="t" * 121)
    assert response.status_code == 422
    fields = check_page(response).fields("/index")
    assert (fields["post"], fields["title"]) == ("Body", "t" * 121)


def test_a_page_sent_twice_is_one_post(client, ana):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index") | {"post": "Once."}
    assert [client.post("/index", data=fields).status_code for _ in range(3)] == [302] * 3
    assert count(Post) == 1
    assert posts_count(ana) == 1


def test_other_words_from_the_same_page_are_another_post(client, ana):
    log_in(client, ana)
    fields = get_page(client, "/index").fields("/index")
    client.post("/index", data=fields | {"post": "First."})
    client.post("/index", data=fields | {"post": "After going back."})
    assert count(Post) == 2


def test_two_people_may_send_the_same_form_key(app, ana, ben):
    for person in (ana, ben):
        browser = app.test_client()
        log_in(browser, person)
        send(browser, "/index", post="Same words.", form_key="same")
    assert count(Post) == 2


@pytest.mark.parametrize("key", ["", "e\u0301" * 64, "x" * 65, "' OR 1=1 --"])
def test_an_odd_form_key_never_breaks_anything(client, ana, key):
    log_in(client, ana)
    assert send(client, "/index", post="Words.", form_key=key).status_code in (302, 422)


def test_links_tags_and_mentions_of_existing_people_lead_somewhere(client, ana, ben):
    log_in(client, ana)
    text = "With @BEN and @nobody at https://example.org/a?b=1&c=2 #Straße"
    send(client, "/index", post=text)
    page = get_page(client, f"/post/{newest().id}")
    links = {a.get("href"): a for a in page.all("a") if a.get("class") or a.get("rel")}
    assert "/user/ben" in links
    assert "/user/nobody" not in links
    assert links["https://example.org/a?b=1&c=2"].get("rel") == "nofollow noopener ugc"
    assert "/tag/strasse" in links
    assert text.removesuffix("#Straße") in page.text


def test_a_closed_account_is_not_mentioned(client, ana, ben):
    ben.closed_at = ben.created_at
    db.session.commit()
    log_in(client, ana)
    send(client, "/index", post="Bye @ben")
    assert "/user/ben" not in newest().html


LANGUAGES = {
    "en": "The bakery on the corner opens again tomorrow morning.",
    "es": "La panadería de la esquina abre otra vez mañana por la mañana.",
    "zh": "街角的面包店明天早上重新开门。",
    None: "🙂 https://example.org @ana #a",
}


@pytest.mark.parametrize(("language", "text"), LANGUAGES.items())
def test_a_post_says_its_language(client, ana, language, text):
    log_in(client, ana)
    send(client, "/index", post=text)
    assert newest().language == language
    page = get_page(client, f"/post/{newest().id}")
    assert [prose.get("lang") for prose in page.all("div", class_="prose")] == [language]


@pytest.mark.parametrize("prior", ["es", "pt", "it"])
def test_a_short_post_is_taken_for_the_language_of_its_author(client, ana, prior):
    ana.language = prior
    db.session.commit()
    log_in(client, ana)
    send(client, "/index", post="Bonita vista")
    assert newest().language == prior


@pytest.mark.parametrize(
    "post_id", ["0", "999", "9" * 19, "9223372036854775807", "9" * 40, "-1", "1.5", "１２", "abc"]
)
def test_a_post_that_never_was_is_a_404(client, post_id):
    get_page(client, f"/post/{post_id}", 404)


def test_words_sent_again_after_deleting_them_are_a_new_post(client, ana):
    log_in(client, ana)
    form = get_page(client, "/index").fields("/index") | {"post": "Said twice."}
    client.post("/index", data=form)
    first = db.session.scalars(sa.select(Post)).one()
    posts.delete(first)
    db.session.commit()
    client.post("/index", data=form)
    kept = db.session.scalars(sa.select(Post).where(Post.deleted_at.is_(None))).one()
    assert kept.id != first.id


def test_the_notice_after_posting_leads_to_the_post(client, ana):
    log_in(client, ana)
    send(client, "/index", post="Bread is ready")
    (post,) = db.session.scalars(sa.select(Post))
    page = get_page(client, "/index")
    assert [link.text for link in page.all("a", href=f"/post/{post.id}") if link.text == "View"]
