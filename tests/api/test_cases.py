"""What a token for administration does with cases, decisions and appeals."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import db
from app.models import AuditEntry, User
from app.services.accounts import accounts, applications
from app.services.moderation import appeals, decisions
from tests.api.conftest import Program
from tests.support.factories import make_message, make_post, make_user
from tests.support.mailbox import templates
from tests.support.moderation import decide, make_report
from tests.support.roles import make_role

CASES = "/admin/cases"


@pytest.fixture
def mia(app: Flask) -> User:
    return make_user("mia", role="moderator")


@pytest.fixture
def program(mia: User, program_of: Callable[..., Program]) -> Program:
    return program_of(mia, "admin")


def ids(response) -> list[int]:
    return [one["id"] for one in response.json["items"]]


def actions() -> list[str]:
    return [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_cases_are_listed_by_queue_and_reason(program, mia, ana, ben, cleo):
    first, second = make_report(ana, ben), make_report(ana, cleo)
    about_me, by_me = make_report(ana, mia), make_report(mia, ana)
    assert not {about_me.id, by_me.id} & set(ids(program.get(CASES)))
    assert ids(program.get(CASES)) == [second.id, first.id]
    assert ids(program.get(f"{CASES}?queue=mine")) == []
    assert program.put(f"{CASES}/{first.id}/assignee").status_code == 204
    assert ids(program.get(f"{CASES}?queue=mine")) == [first.id]
    assert program.get(f"{CASES}/{first.id}").json["assignee"] == "mia"
    assert program.delete(f"{CASES}/{first.id}/assignee").status_code == 204
    assert ids(program.get(f"{CASES}?queue=mine")) == []
    assert ids(program.get(f"{CASES}?rule_id=1")) == [second.id, first.id]
    assert ids(program.get(f"{CASES}?rule_id=0")) == []
    page = program.get(f"{CASES}?per_page=1&queue=open")
    assert ids(page) == [second.id]
    assert ids(program.get(page.json["_links"]["next"].removeprefix("/api"))) == [first.id]
    assert program.get(f"{CASES}?queue=x").status_code == 400
    assert actions() == ["take_case", "release_case"]


def test_a_case_tells_all_but_who_reported(program, ana, ben):
    decide(ben, "warn", words="Please stop.")
    case = make_report(ana, ben, "Everywhere.", make_post(ben, "Cheap phones!"))
    message = make_message(ben, ana, "Want a phone?")
    url = f"{CASES}/{case.id}"
    assert program.post(f"{url}/notes", json={"text": "Again."}).status_code == 204
    assert program.post(f"{url}/notes", json={"text": " "}).status_code == 422
    shown = program.get(url).json
    assert (shown["person"], shown["rule_id"], shown["report_count"]) == ("ben", 1, 1)
    assert shown["words"] == ["Everywhere."]
    assert [copy["body"] for copy in shown["posts"]] == ["Cheap phones!"]
    assert shown["messages"] == []
    assert [(note["author"], note["text"]) for note in shown["notes"]] == [("mia", "Again.")]
    assert [one["action"] for one in shown["history"]] == ["warn"]
    # What was written about it is on the pages, for those who may read it.
    assert "Please stop." not in str(shown)
    assert "ana" not in str(shown)
    assert message.body not in str(shown)


def test_a_decision_is_that_of_the_page_and_in_the_same_log(program, mia, ana, ben):
    post = make_post(ben, "Cheap phones!")
    case = make_report(ana, ben, "", post)
    body = {"action": "hide_posts", "rule_id": 1, "words": "Once a week."}
    answer = program.post(f"{CASES}/{case.id}/decision", json=body)
    assert answer.status_code == 201
    assert answer.location == f"/api{CASES}/{case.id}"
    made = answer.json
    assert (made["action"], made["moderator_id"], made["until"]) == ("hide_posts", mia.id, None)
    db.session.refresh(post)
    assert post.hidden_at is not None
    assert program.post(f"{CASES}/{case.id}/decision", json=body).status_code == 410
    assert program.put(f"{CASES}/{case.id}/assignee").status_code == 410
    assert program.post(f"/admin/decisions/{made['id']}/lift").status_code == 204
    db.session.refresh(post)
    assert post.hidden_at is None
    assert program.post(f"/admin/decisions/{made['id']}/lift").status_code == 410
    assert program.post(f"/admin/decisions/{made['id']}/undo").status_code == 204
    assert program.post(f"/admin/decisions/{made['id']}/undo").status_code == 410
    assert ids(program.get(CASES)) == [case.id]
    assert actions() == ["hide_posts", "lift_decision", "undo_decision"]
    assert templates() == ["decision", "decision_ended", "decision_ended"]


def test_a_content_note_is_required(program, ana, ben):
    post = make_post(ben, "Cheap phones!")
    case = make_report(ana, ben, "", post)
    url = f"{CASES}/{case.id}/decision"
    answer = program.post(url, json={"action": "require_note"})
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, ["note"])
    assert program.post(url, json={"action": "require_note", "note": "x" * 101}).status_code == 422
    made = program.post(url, json={"action": "require_note", "note": " ads ", "days": 7}).json
    assert made["until"] is not None
    shown = program.get(f"/posts/{post.id}").json
    assert (shown["content_note"], shown["is_note_required"]) == ("ads", True)
    assert program.post(f"/admin/decisions/{made['id']}/undo").status_code == 204
    assert program.get(f"/posts/{post.id}").json["content_note"] is None


def test_a_suspension_ends_when_it_says(program, ana, ben):
    case = make_report(ana, ben)
    decision = program.post(f"{CASES}/{case.id}/decision", json={"action": "suspend", "days": 7})
    assert decision.json["until"] is not None
    db.session.refresh(ben)
    assert ben.is_suspended
    other = make_report(ana, make_user("dora"))
    for_good = {"action": "suspend", "days": 0}
    assert program.post(f"{CASES}/{other.id}/decision", json=for_good).json["until"] is None


def test_what_does_not_fit_is_refused(program, ana, ben):
    case = make_report(ana, ben)
    for body in (
        {"action": "hide_posts"},
        {"action": "hang"},
        {"action": "warn", "rule_id": 999},
        {"action": "silence", "days": -1},
    ):
        assert program.post(f"{CASES}/{case.id}/decision", json=body).status_code == 422, body
    assert program.post(f"{CASES}/{case.id}/decision", json={}).status_code == 400
    assert ids(program.get(CASES)) == [case.id]
    assert actions() == []


def test_a_role_decides_what_its_permissions_let_it(program_of, ana, ben):
    make_role("Tidiers", "hide_posts", rank=20)
    tidier = program_of(make_user("theo", role="tidiers"), "admin")
    case = make_report(ana, ben)
    assert tidier.get(f"{CASES}/{case.id}").status_code == 200
    url = f"{CASES}/{case.id}/decision"
    assert tidier.post(url, json={"action": "suspend"}).status_code == 403
    assert tidier.post(url, json={"action": "warn"}).status_code == 201


def test_nobody_works_on_what_is_about_them_or_of_a_higher_rank(program, mia, ana, ben):
    boss = make_user("boss", role="administrator")
    about_me, by_me, about_boss = (
        make_report(ana, mia),
        make_report(mia, ben),
        make_report(ana, boss),
    )
    for case in (about_me, by_me, about_boss):
        assert program.get(f"{CASES}/{case.id}").status_code == 404
        body = {"json": {"action": "none"}}
        assert program.post(f"{CASES}/{case.id}/decision", **body).status_code == 404
    warning = decide(mia, "warn")
    for act in ("undo", "lift"):
        assert program.post(f"/admin/decisions/{warning.id}/{act}").status_code == 404
    of_mine = decide(ben, "silence", case=by_me)
    assert program.post(f"/admin/decisions/{of_mine.id}/undo").status_code == 404


def test_a_case_is_opened_about_somebody_whom_nobody_reported(program, mia, ana, ben):
    post, other = make_post(ben, "Cheap phones!"), make_post(ana, "By Ana")
    answer = program.post(CASES, json={"user_id": ben.id, "post_id": post.id})
    assert answer.status_code == 201
    assert [copy["id"] for copy in answer.json["posts"]] == [post.id]
    assert answer.location == f"/api{CASES}/{answer.json['id']}"
    again = program.post(CASES, json={"user_id": ben.id, "post_id": other.id})
    assert (again.json["id"], len(again.json["posts"])) == (answer.json["id"], 1)
    for nobody in (mia.id, 999_999):
        assert program.post(CASES, json={"user_id": nobody}).status_code == 422
    make_report(mia, ana)
    assert program.post(CASES, json={"user_id": ana.id}).status_code == 403
    boss = make_user("boss", role="administrator")
    assert program.post(CASES, json={"user_id": boss.id}).status_code == 403
    applicant, gone = make_user("dora"), make_user("eva")
    applications.apply(applicant, "I live here.", "")
    accounts.close(gone)
    db.session.commit()
    for hidden in (applicant, gone):
        assert program.post(CASES, json={"user_id": hidden.id}).status_code == 410


def test_an_appeal_is_answered_by_another_moderator(program, program_of, mia, ana, ben):
    decision = decide(ben, "silence", by=mia, case=make_report(ana, ben), words="Once a week.")
    other = program_of(make_user("noor", role="moderator"), "admin")
    assert program.get("/admin/appeals").json == {"items": []}
    assert program.post("/admin/appeals/1/answer", json={"outcome": "upheld"}).status_code == 404
    appeals.file(decisions.find(decision.id), "It wasn't me.")
    db.session.commit()
    (listed,) = program.get("/admin/appeals").json["items"]
    assert (listed["decision"]["id"], listed["decision"]["action"]) == (decision.id, "silence")
    assert (listed["person"], listed["words"]) == ("ben", "It wasn't me.")
    assert listed["decision_words"] == "Once a week."
    answer = f"/admin/appeals/{decision.id}/answer"
    body = {"outcome": "overturned", "words": "Our mistake."}
    assert program.post(answer, json=body).status_code == 403
    assert other.post(answer, json={"outcome": "perhaps"}).status_code == 422
    answered = other.post(answer, json=body).json
    assert (answered["outcome"], answered["answer"]) == ("overturned", "Our mistake.")
    assert other.post(answer, json=body).status_code == 410
    db.session.refresh(ben)
    assert not ben.is_silenced
    assert "answer_appeal" in actions()


def test_another_administrator_may_only_close_what_is_about_one(program_of):
    boss = make_user("boss", role="administrator")
    case = make_report(make_user("ana"), make_user("other", role="administrator"))
    program = program_of(boss, "admin")
    url = f"{CASES}/{case.id}/decision"
    assert program.post(url, json={"action": "suspend"}).status_code == 403
    assert program.post(url, json={"action": "none"}).status_code == 201
