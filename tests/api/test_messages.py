"""Private messages, as programs read and write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import Message, Submission, User
from tests.support.factories import make_follow, make_message, make_user
from tests.support.pages import counted_statements


def bodies(answer: object) -> list[str]:
    return [one["body"] for one in answer.json["items"]]


def count_of_messages() -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(Message)).one()


def test_a_conversation_has_every_field(program_of, ana, ben):
    make_message(ben, ana, "First.")
    message = make_message(ben, ana, "Second.")
    own = f"/api/messages/{ben.id}"
    assert program_of(ana, "read").get("/messages").json["items"] == [
        {
            "user_id": ben.id,
            "person": {
                "id": ben.id,
                "username": "ben",
                "display_name": ben.display_name,
                "_links": {"self": f"/api/users/{ben.id}", "avatar": ben.avatar(128)},
            },
            "last_message": {
                "id": message.id,
                "sender_id": ben.id,
                "recipient_id": ana.id,
                "body": "Second.",
                "html": message.html,
                "created_at": message.created_at.isoformat(),
                "_links": {"conversation": own},
            },
            "unread_count": 2,
            "_links": {"self": own},
        }
    ]


def test_conversations_lead_on_by_their_last_message(program_of, ana):
    for number in range(3):
        make_message(make_user(f"friend{number}"), ana, f"From {number}.")
    program, path, seen = program_of(ana), "/messages?per_page=1", []
    while path:
        page = program.get(path).json
        seen += [one["last_message"]["body"] for one in page["items"]]
        last, path = page, (page["_links"]["next"] or "").removeprefix("/api")
    assert seen == ["From 2.", "From 1.", "From 0."]
    back = program.get(last["_links"]["prev"].removeprefix("/api")).json
    assert [one["last_message"]["body"] for one in back["items"]] == ["From 1."]


def test_messages_lead_on_by_id(program_of, ana, ben):
    for number in range(3):
        make_message(ana, ben, f"Message {number}")
    program = program_of(ben)
    first = program.get(f"/messages/{ana.id}?per_page=2")
    assert bodies(first) == ["Message 2", "Message 1"]
    second = program.get(first.json["_links"]["next"].removeprefix("/api"))
    assert bodies(second) == ["Message 0"]
    assert second.json["_links"]["next"] is None


def test_nobody_else_finds_a_message(program_of, ana, ben, cleo):
    make_message(ana, ben, "Between us.")
    make_message(cleo, ben, "Another matter.")
    program = program_of(cleo)
    assert program.get(f"/messages/{ana.id}").status_code == 404
    assert program.put(f"/messages/{ana.id}/read").status_code == 404
    for path in ("/messages", f"/messages/{ben.id}", "/search?q=between", "/notifications"):
        assert "Between us." not in program.get(path).get_data(as_text=True)
    assert program_of(ben).get("/messages").json["items"][1]["unread_count"] == 1


def test_somebody_who_left_has_no_name(program_of, ana, ben):
    make_message(ben, ana, "Farewell.")
    ben.closed_at = utcnow()
    db.session.commit()
    program = program_of(ana)
    assert program.get("/messages").json["items"][0]["person"] is None
    assert bodies(program.get(f"/messages/{ben.id}")) == ["Farewell."]
    body = {"recipient_id": ben.id, "body": "Wait!"}
    assert program.post("/messages", json=body).status_code == 403


def test_a_message_is_sent(program_of, ana, ben):
    body = {"recipient_id": ben.id, "body": "  See you at *eight*. "}
    answer = program_of(ana).post("/messages", json=body)
    assert answer.status_code == 201
    assert answer.location == f"/api/messages/{ben.id}"
    assert answer.json["body"] == "See you at *eight*."
    listed = program_of(ben).get(f"/messages/{ana.id}").json["items"]
    assert [one["id"] for one in listed] == [answer.json["id"]]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"body": ""}, 422),
        ({"body": " \n"}, 422),
        ({"body": "x" * 2001}, 422),
        ({"body": "x\0"}, 422),
        ({"recipient_id": 0}, 422),
        ({"recipient_id": "1"}, 422),
        ({"recipient_id": 999}, 422),
        ({"recipient_id": 2**63}, 422),
        ({"sender_id": 1}, 422),
    ],
)
def test_a_message_that_is_none_is_refused(program_of, ana, changes, status):
    body = {"recipient_id": ana.id, "body": "Hello", **changes}
    assert program_of(ana).post("/messages", json=body).status_code == status
    assert program_of(ana).post("/messages", json={}).status_code == 400
    assert count_of_messages() == 0


def test_whoever_takes_no_messages_gets_none(program_of, ana, ben):
    ben.messages_from = "followed"
    db.session.commit()
    program, body = program_of(ana), {"recipient_id": ben.id, "body": "Hello"}
    assert program.post("/messages", json=body).status_code == 403
    assert count_of_messages() == 0
    make_follow(ben, ana)
    assert program.post("/messages", json=body).status_code == 201


def test_the_same_key_sends_once(program_of, ana, ben, cleo):
    program, key = program_of(ana), {"Idempotency-Key": "k-1"}
    body = {"recipient_id": ben.id, "body": "Once."}
    answers = [program.post("/messages", json=body, headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert answers[0].json == answers[2].json
    for other in ({"body": "Twice."}, {"recipient_id": cleo.id}):
        assert program.post("/messages", json={**body, **other}, headers=key).status_code == 409
    assert program.post("/posts", json={"body": "Once."}, headers=key).status_code == 409
    row = db.session.scalars(sa.select(Submission)).one()
    row.expires_at = utcnow() - timedelta(hours=1)
    db.session.execute(sa.update(Message).values(created_at=utcnow() - timedelta(days=1)))
    db.session.commit()
    later = program.post("/messages", json=body, headers=key)
    assert later.json["id"] != answers[0].json["id"]
    assert count_of_messages() == 2
    odd = program.post("/messages", json=body, headers={"Idempotency-Key": "a b"})
    assert odd.status_code == 400


def test_the_limits_of_the_page_hold_here_too(app, program_of, ana):
    app.config["RATELIMIT_ENABLED"] = True
    program = program_of(ana)
    ids = [make_user().id for _ in range(6)]
    bodies = [{"recipient_id": user_id, "body": "Hello"} for user_id in ids]
    statuses = [program.post("/messages", json=body).status_code for body in bodies]
    assert statuses == [201] * 5 + [429]
    bodies = [{"recipient_id": ids[0], "body": f"Hello {number}"} for number in range(25)]
    statuses = [program.post("/messages", json=body).status_code for body in bodies]
    assert statuses == [201] * 24 + [429]


def test_messages_are_marked_as_read_up_to_one_or_all(program_of, ana, ben):
    first = make_message(ben, ana, "First.")
    make_message(ben, ana, "Second.")
    program = program_of(ana)

    def unread() -> int:
        return int(program.get("/messages").json["items"][0]["unread_count"])

    program.get(f"/messages/{ben.id}")
    assert unread() == 2
    path = f"/messages/{ben.id}/read"
    assert program.put(path, json={"up_to": first.id}).status_code == 204
    assert unread() == 1
    assert program.put(path).status_code == 204
    assert unread() == 0
    assert program.put(path, json={"up_to": 0}).status_code == 422


def test_lists_cost_four_statements(program_of, ana, ben: User):
    for number in range(20):
        make_message(make_user(), ana)
        make_message(ben, ana, f"Message {number}")
    program = program_of(ana)
    program.get("/me")
    for path in ("/messages", f"/messages/{ben.id}"):
        with counted_statements() as ran:
            assert len(program.get(f"{path}?per_page=20").json["items"]) == 20
        assert len(ran) <= 4, ran


def test_the_same_words_again_are_a_409(program_of, ana, ben):
    body = {"recipient_id": ben.id, "body": "Tea?"}
    assert program_of(ana).post("/messages", json=body).status_code == 201
    answer = program_of(ana).post("/messages", json=body)
    assert (answer.status_code, answer.json["detail"]) == (409, "You just sent this.")
    back = {"recipient_id": ana.id, "body": "Tea?"}
    assert program_of(ben).post("/messages", json=back).status_code == 201
    assert program_of(ana).post("/messages", json=body).status_code == 201
