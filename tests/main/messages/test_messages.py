"""Private messages: written, read, and hidden from everybody else."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Conversation, Message, Participation, User
from app.models.messages.message import MESSAGE_MAX
from app.services.accounts import accounts
from tests.support.factories import make_follow, make_message, make_post, make_user
from tests.support.pages import check_page, get_page, log_in, send
from tests.support.roles import give_role

SEND = "/send_message/ben"
SECRET = "The key lies under the third stone."


def words(page) -> list[str]:
    return ["".join(found.itertext()).strip() for found in page.all("div", class_="message__words")]


def badge(page, name: str = "unread_message_count") -> str | None:
    found = page.root.find(f".//span[@data-badge='{name}']")
    return None if found.get("hidden") is not None else found[0].text


def age(user: User, days: int) -> None:
    db.session.execute(
        sa.update(User).where(User.id == user.id).values(created_at=utcnow() - timedelta(days=days))
    )
    db.session.commit()


def test_what_one_sends_the_other_reads_and_both_keep(app, client, ana, ben):
    log_in(client, ana)
    response = send(client, "/messages/ben", SEND, message=SECRET)
    assert response.location == "/messages/ben#latest"
    page = get_page(client, "/messages/ben")
    assert "Message sent." in page.text
    assert words(page) == [SECRET]
    assert badge(page) is None
    assert f"You: {SECRET}" in get_page(client, "/messages").text

    other = app.test_client()
    log_in(other, ben)
    page = get_page(other, "/messages")
    assert "Ana Duarte" in page.text and SECRET in page.text
    assert badge(page) == "1"
    assert words(get_page(other, "/messages/ana")) == [SECRET]


def test_an_answer_joins_the_same_conversation(app, client, ana, ben):
    make_message(ana, ben, "Are you coming?")
    log_in(client, ben)
    send(client, "/messages/ana", "/send_message/ana", message="Yes.")
    assert words(get_page(client, "/messages/ana")) == ["Are you coming?", "Yes."]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Conversation)) == 1


@pytest.mark.parametrize("path", ["/messages/ana", "/messages/ben", "/messages", "/index"])
def test_nobody_else_reads_it(client, ana, ben, cleo, path):
    make_message(ana, ben, SECRET)
    give_role(cleo, "administrator")
    log_in(client, cleo)
    assert SECRET not in get_page(client, path).text


def test_a_message_is_in_no_list_of_posts_and_in_no_log(app, client, ana, ben, caplog, monkeypatch):
    monkeypatch.setattr(app.logger, "propagate", True)
    caplog.set_level("INFO", app.logger.name)
    log_in(client, ana)
    send(client, "/messages/ben", SEND, message=SECRET)
    for path in ("/index", "/explore", "/user/ana", "/user/ben"):
        assert SECRET not in get_page(client, path).text
    assert "POST /send_message/… 302" in caplog.text
    assert "GET /messages/… 200" in caplog.text
    assert SECRET not in caplog.text


def test_the_address_of_the_composer_shows_the_conversation(client, ana, ben):
    make_message(ben, ana, SECRET)
    log_in(client, ana)
    page = get_page(client, SEND)
    assert words(page) == [SECRET]
    assert [link.get("href") for link in page.all("h1")[0].iter("a")] == ["/user/ben"]
    assert page.fields(SEND)["message"] == ""


def test_each_day_has_a_heading_and_each_message_its_hour(client, ana, ben):
    ana.time_zone = "Asia/Tokyo"
    now = utcnow()
    sent = [datetime(2025, 5, 1, 16, 5, tzinfo=UTC), now - timedelta(days=1), now, now]
    for at in sent:
        make_message(ben, ana, f"Sent at {at}").created_at = at
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/messages/ben")
    days = page.all("h2", class_="day")
    texts = ["".join(day.itertext()) for day in days]
    # Already the next day, where she is.
    assert texts == ["Fri, May 2, 2025", "Yesterday", "Today"]
    assert days[0][0].get("datetime") == "2025-05-02"
    assert len(page.all("ol", class_="thread")) == 3
    first = page.all("li", class_="message")[0].find("time")
    assert first.text.replace("\u202f", " ") == "1:05 AM"
    assert first.get("datetime") == "2025-05-01T16:05:00+00:00"


def test_the_head_shows_whose_conversation_it_is(client, ana, ben):
    log_in(client, ana)
    [link] = get_page(client, "/messages/ben").all("a", class_="page-head__person")
    assert link.get("href") == "/user/ben"
    assert (link.find("img").get("src") or "").startswith("/user/ben/avatar.svg")
    assert not get_page(client, "/messages/ana").all("a", class_="page-head__person")


def test_reading_marks_nothing_and_the_button_marks_what_the_page_showed(client, ana, ben):
    make_message(ben, ana, "One")
    log_in(client, ana)
    page = get_page(client, "/messages/ben")
    fields = page.fields("/messages/ben/read")
    assert badge(get_page(client, "/messages")) == "1"
    make_message(ben, ana, "Two, while the page is open")
    response = client.post("/messages/ben/read", data=fields)
    assert response.location == "/messages/ben#latest"
    assert badge(get_page(client, "/messages")) == "1"
    send(client, "/messages/ben", "/messages/ben/read")
    page = get_page(client, "/messages/ben")
    assert badge(page) is None
    assert not page.all("form", action="/messages/ben/read")


def test_whoever_answers_has_read_what_the_page_showed(client, ana, ben):
    make_message(ben, ana, "One")
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields(SEND)
    make_message(ben, ana, "Two, while the answer is written")
    assert client.post(SEND, data=fields | {"message": "Answer to one"}).status_code == 302
    assert badge(get_page(client, "/messages")) == "1"
    send(client, "/messages/ben", SEND, message="Answer to both")
    assert badge(get_page(client, "/messages")) is None


@pytest.mark.parametrize("seen", ["0", "-1", "one", "9" * 30])
def test_an_answer_to_no_message_is_not_sent(client, ana, ben, seen):
    make_message(ben, ana, "One")
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields(SEND) | {"message": "Answer", "seen": seen}
    assert client.post(SEND, data=fields).status_code == 422
    assert words(get_page(client, "/messages/ben")) == ["One"]


def test_a_page_that_is_fetched_ahead_counts_as_unread(client, ana, ben):
    make_message(ben, ana, "One")
    log_in(client, ana)
    get_page(client, "/messages/ben", headers={"Sec-Purpose": "prefetch;prerender"})
    assert badge(get_page(client, "/messages")) == "1"


@pytest.mark.parametrize("value", ["", "0", "-1", "one", "9" * 30, "1.5"])
def test_marking_needs_a_number(client, ana, ben, value):
    make_message(ben, ana)
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields("/messages/ben/read")
    response = client.post("/messages/ben/read", data=fields | {"up_to": value})
    assert response.status_code == 422
    assert badge(get_page(client, "/messages")) == "1"


def test_marking_without_a_conversation_changes_nothing(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields(SEND)
    assert client.post("/messages/ben/read", data=fields | {"up_to": "1"}).status_code == 302
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Participation)) == 0


def test_the_same_page_sent_twice_is_one_message(client, ana, ben):
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields(SEND) | {"message": SECRET}
    for _ in range(2):
        assert client.post(SEND, data=fields).status_code == 302
    assert client.post(SEND, data=fields | {"message": "Other words"}).status_code == 302
    assert words(get_page(client, "/messages/ben")) == [SECRET, "Other words"]
    side = db.session.scalars(Participation.between(ben, ana)).one()
    assert side.unread_count == 2


@pytest.mark.parametrize("text", ["", "   \n ", "x" * (MESSAGE_MAX + 1)])
def test_too_little_and_too_much_is_said_below_the_field(client, ana, ben, text):
    log_in(client, ana)
    response = send(client, "/messages/ben", SEND, message=text)
    assert response.status_code == 422
    page = check_page(response)
    assert page.all("textarea", name="message")[0].get("aria-invalid") == "true"
    assert page.fields(SEND)["message"].strip() == text.strip()


def test_the_longest_message_is_counted_as_posts_are(client, ana, ben):
    log_in(client, ana)
    text = "e\u0301" * (MESSAGE_MAX - 2) + "\r\nx"
    assert send(client, "/messages/ben", SEND, message=text).status_code == 302
    assert len(db.session.scalars(sa.select(Message.body)).one()) == MESSAGE_MAX


def test_links_lead_somewhere_and_markup_is_text(client, ana, ben):
    make_message(ana, ben, "<script>alert(1)</script> https://example.org javascript:alert(1)")
    log_in(client, ana)
    page = get_page(client, "/messages/ben")
    assert "<script>alert(1)</script>" in page.text
    (link,) = page.all("a", href="https://example.org")
    assert link.get("rel") == "nofollow noopener ugc"


def test_notes_to_oneself_are_never_unread(client, ana):
    log_in(client, ana)
    assert send(client, "/messages/ana", "/send_message/ana", message=SECRET).status_code == 302
    page = get_page(client, "/messages/ana")
    assert words(page) == [SECRET]
    assert badge(page) is None
    assert "Notes to yourself" in get_page(client, "/messages").text


def test_conversations_and_their_pages_lead_on_and_back(app, client, ana, ben):
    app.config["POSTS_PER_PAGE"] = 2
    for number in range(5):
        make_message(make_user(f"friend{number}"), ana, f"From {number}")
    log_in(client, ana)
    page = get_page(client, "/messages")
    assert "From 4" in page.text and "From 3" in page.text and "From 2" not in page.text
    older = page.root.find(".//a[@rel='next']").get("href")
    page = get_page(client, older)
    assert "From 2" in page.text and "From 3" not in page.text
    newer = page.root.find(".//a[@rel='prev']").get("href")
    assert "From 4" in get_page(client, newer).text

    for number in range(5):
        make_message(ben, ana, f"Line {number}")
    page = get_page(client, "/messages/ben")
    assert words(page) == ["Line 3", "Line 4"]
    page = get_page(client, page.root.find(".//a[@rel='next']").get("href"))
    assert words(page) == ["Line 1", "Line 2"]
    assert not page.all("form", action="/messages/ben/read")
    page = get_page(client, page.root.find(".//a[@rel='prev']").get("href"))
    assert words(page) == ["Line 3", "Line 4"]


def test_an_empty_list_says_what_to_do(client, ana):
    log_in(client, ana)
    assert "No messages yet" in get_page(client, "/messages").text


@pytest.mark.parametrize(
    ("choice", "is_followed", "is_welcome"),
    [
        ("everyone", False, True),
        ("followed", False, False),
        ("followed", True, True),
        ("nobody", True, False),
    ],
)
def test_people_choose_who_may_write_to_them(
    app, client, ana, ben, choice, is_followed, is_welcome
):
    if is_followed:
        make_follow(ben, ana)
    log_in(client, ana)
    # Opened while everybody was still welcome.
    fields = get_page(client, "/messages/ben").fields(SEND) | {"message": SECRET}
    other = app.test_client()
    log_in(other, ben)
    send(other, "/settings/privacy", messages_from=choice)

    for path in ("/user/ben", "/user/ben/popup"):
        response = client.get(path)
        assert ("/messages/ben#latest" in response.text) is is_welcome
    page = get_page(client, "/messages/ben")
    assert bool(page.all("form", action=SEND)) is is_welcome
    assert ("Ben Ortega doesn't accept messages from you." in page.text) is not is_welcome

    response = client.post(SEND, data=fields)
    assert response.status_code == (302 if is_welcome else 422)
    if not is_welcome:
        page = check_page(response)
        assert "Your message wasn't sent." in page.text
        assert page.fields(SEND)["message"] == SECRET
    found = db.session.scalar(sa.select(sa.func.count()).select_from(Message))
    assert found == int(is_welcome)


def test_visitors_and_people_without_a_confirmed_address_cannot_write(app, client, ana, ben):
    assert "/messages/ben" not in get_page(client, "/user/ben").response.text
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    log_in(client, make_user("dan", email_verified_at=None))
    assert "/messages/ben" not in get_page(client, "/user/ben").response.text
    page = get_page(client, "/messages/ben")
    assert not page.all("form", action=SEND)
    token = page.fields("/auth/logout")["csrf_token"]
    response = client.post(SEND, data={"csrf_token": token, "message": SECRET})
    assert response.location == "/auth/verify/resend"


def test_whoever_left_cannot_be_written_to_and_what_they_wrote_stays_for_now(client, ana, ben):
    make_message(ben, ana, SECRET)
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields(SEND) | {"message": "Hello?"}
    accounts.close(ben)
    db.session.commit()
    page = get_page(client, "/messages")
    assert "Former member" in page.text and "Ben Ortega" not in page.text
    assert "/ben" not in page.response.get_data(as_text=True)
    (link,) = [a for a in page.all("a") if "item--link" in (a.get("class") or "")]
    address = link.get("href").partition("#")[0]
    assert client.get("/messages/ben").location == address
    page = get_page(client, address)
    assert words(page) == [SECRET]
    assert "Ben Ortega" not in page.text
    assert "/ben" not in page.response.get_data(as_text=True)
    assert send(client, address, f"{address}/read").location == f"{address}#latest"
    assert not page.all("form", action=SEND)
    assert client.post(SEND, data=fields).status_code == 422
    get_page(client, "/messages/cleo", status=404)


def test_the_conversation_with_somebody_who_left_is_the_two_peoples_alone(
    app, client, ana, ben, cleo
):
    number = make_message(ben, ana, SECRET).conversation_id
    log_in(client, ana)
    get_page(client, f"/messages/~{number}", status=404)
    accounts.close(ben)
    db.session.commit()
    get_page(client, f"/messages/~{number}")
    for name in ("~", "~0", "~x", "~-1", "~9" * 20, "~١", f"~{number + 1}"):
        get_page(client, f"/messages/{name}", status=404)
    stranger = app.test_client()
    log_in(stranger, cleo)
    get_page(stranger, f"/messages/~{number}", status=404)


def test_whoever_left_without_a_conversation_is_not_there(client, ana, ben):
    accounts.close(ben)
    db.session.commit()
    log_in(client, ana)
    get_page(client, "/messages/ben", status=404)


def test_an_account_that_is_erased_takes_its_conversations_along(app, client, ana, ben):
    make_message(ben, ana, SECRET)
    db.session.execute(
        sa.update(User).where(User.id == ben.id).values(closed_at=utcnow() - timedelta(days=8))
    )
    assert accounts.erase_closed() == 1
    db.session.commit()
    for model in (Conversation, Message, Participation):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_a_former_name_and_another_case_lead_to_the_conversation(client, ana, ben):
    accounts.rename(ben, "benito")
    db.session.commit()
    log_in(client, ana)
    assert client.get("/messages/ben").location == "/messages/benito"
    assert client.get("/send_message/BENITO").location == "/send_message/benito"


def test_thirty_messages_an_hour_are_enough(app, client, ana, ben):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    fields = get_page(client, "/messages/ben").fields(SEND)
    for number in range(30):
        fields["message"] = f"Message {number}"
        assert client.post(SEND, data=fields).status_code == 302
    response = client.post(SEND, data=fields | {"message": SECRET})
    assert response.status_code == 429
    assert SECRET in check_page(response).text


def test_a_new_account_begins_few_conversations_a_day_but_answers_all(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    people = [make_user(f"friend{number}") for number in range(7)]
    make_message(people[6], ana)
    log_in(client, ana)

    def write_to(person: User) -> int:
        path = f"/messages/{person.username}"
        return send(client, path, f"/send_message/{person.username}", message=SECRET).status_code

    assert [write_to(person) for person in people[:5]] == [302] * 5
    assert write_to(people[5]) == 429
    make_message(people[0], ana)
    assert write_to(people[0]) == 302
    assert write_to(people[6]) == 302
    assert write_to(ana) == 302
    age(ana, 8)
    assert write_to(people[5]) == 302


def test_pages_stay_within_their_budget(client, ana):
    for number in range(30):
        friend = make_user(f"friend{number}", messages_from="followed")
        make_message(friend, ana, f"https://example.org/{number} " + "word " * 40)
        for _ in range(2):
            make_message(friend, ana, "Some words of a usual length, and a few more. " * 3)
    make_post(ana)
    log_in(client, ana)
    assert len(get_page(client, "/messages").statements) == 3
    assert len(get_page(client, "/messages/friend3").statements) == 5
    assert len(get_page(client, "/user/friend3").statements) == 5


def test_the_same_words_again_are_refused_and_not_lost(client, ana, ben):
    log_in(client, ana)
    assert send(client, "/messages/ben", SEND, message="Tea?").status_code == 302
    again = send(client, "/messages/ben", SEND, message="Tea?")
    assert again.status_code == 422
    assert "You just sent this." in check_page(again).text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1


@pytest.mark.parametrize("sign", ["@", "a@", "a", "#", "www.", "a."])
def test_a_message_of_one_sign_is_read_as_fast_as_any_other(client, ana, ben, sign):
    make_message(ben, ana, (sign * MESSAGE_MAX)[:MESSAGE_MAX])
    log_in(client, ana)
    get_page(client, "/messages/ben")
    start = time.thread_time()
    get_page(client, "/messages/ben")
    assert time.thread_time() - start < 1


def test_the_composer_says_whom_it_is_for_and_how_long_a_message_may_be(client, ana, ben):
    log_in(client, ana)
    page = get_page(client, "/messages/ben")
    (box,) = page.all("textarea")
    assert box.get("placeholder") == "Message Ben Ortega"
    assert "Up to 2,000 characters." in page.text
    # What belongs to posts alone.
    assert "Split into several posts" not in page.text and not box.get("aria-controls")
