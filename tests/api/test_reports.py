"""Programs report somebody to the moderators."""

from __future__ import annotations

import pytest

from app import db
from app.models import Block, Case, Report, ReportedCopy
from app.services.accounts import accounts
from app.services.community import blocks
from tests.support.factories import make_message, make_post
from tests.support.moderation import make_report
from tests.support.roles import give_role, make_role

REPORTS = "/reports"


@pytest.fixture
def program(ana, program_of):
    return program_of(ana)


def bodies() -> list[str]:
    return [copy.body for copy in db.session.query(ReportedCopy).order_by(ReportedCopy.body)]


def test_a_report_joins_the_case_with_what_its_reporter_may_read(program, ana, ben, cleo):
    case = make_report(cleo, ben)
    posts = [make_post(ben, "Cheap phones!").id, make_post(cleo, "By Cleo").id]
    messages = [make_message(ben, ana, "Want a phone?").id, make_message(ben, cleo, "For Cleo").id]
    body = {"user_id": ben.id, "rule_id": 2, "words": "Everywhere."}
    answer = program.post(REPORTS, json=body | {"post_ids": posts, "message_ids": messages})
    assert (answer.status_code, answer.data) == (204, b"")
    report = db.session.query(Report).filter_by(reporter_id=ana.id).one()
    assert (report.case_id, report.rule_id, report.words) == (case.id, 2, "Everywhere.")
    assert bodies() == ["Cheap phones!", "Want a phone?"]
    again = program.post(REPORTS, json=body | {"words": "Again."})
    assert again.status_code == 204
    assert report.words == "Everywhere.\n\nAgain."
    assert db.session.query(Case).one().reports_count == 2


def test_one_may_block_at_once(program, ana, ben):
    body = {"user_id": ben.id, "rule_id": 1, "block": True}
    assert program.post(REPORTS, json=body).status_code == 204
    assert db.session.query(Block).one().blocked_id == ben.id


def test_something_else_needs_words(program, ben):
    answer = program.post(REPORTS, json={"user_id": ben.id})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "words"
    body = {"user_id": ben.id, "words": "Sunflowers"}
    assert program.post(REPORTS, json=body).status_code == 204
    assert db.session.query(Report).one().rule_id is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("rule_id", 999), ("user_id", 999_999), ("words", "x" * 2001), ("post_ids", [1] * 41)],
)
def test_what_does_not_fit_is_named(program, ben, field, value):
    answer = program.post(REPORTS, json={"user_id": ben.id, "rule_id": 1, field: value})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == field
    assert db.session.query(Report).all() == []


def test_somebody_who_blocks_is_as_if_unknown_unless_they_wrote(program, ana, ben, cleo):
    cleo_wrote = make_message(cleo, ana, "Want a phone?")
    for other in (ben, cleo):
        blocks.block(other, ana)
    db.session.commit()
    assert program.post(REPORTS, json={"user_id": ben.id, "rule_id": 1}).status_code == 422
    body = {"user_id": cleo.id, "rule_id": 1, "message_ids": [cleo_wrote.id]}
    assert program.post(REPORTS, json=body).status_code == 204
    assert bodies() == ["Want a phone?"]


def test_whoever_has_left_is_as_if_unknown(program, ana, ben):
    make_message(ben, ana, "Want a phone?")
    accounts.close(ben)
    db.session.commit()
    assert program.post(REPORTS, json={"user_id": ben.id, "rule_id": 1}).status_code == 422


def test_it_takes_a_role_that_lets_one(program, ana, ben):
    make_role("Guests", "write", rank=0)
    give_role(ana, "guests")
    assert program.post(REPORTS, json={"user_id": ben.id, "rule_id": 1}).status_code == 403


def test_reports_are_limited_together_with_those_of_the_page(app, program, ben):
    app.config["RATELIMIT_ENABLED"] = True
    body = {"user_id": ben.id, "rule_id": 1}
    statuses = [program.post(REPORTS, json=body).status_code for _ in range(21)]
    assert statuses == [204] * 20 + [429]
