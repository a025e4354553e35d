"""Whatever staff change in the browser or by a program leaves an entry in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import db, outbox
from app.api.blueprint import operation
from app.lib.dates import utcnow
from app.models import AuditEntry, Task, User, WordsTemplate
from app.models.moderation.decision import Action
from app.services.accounts import applications, blocklist, invitations
from app.services.moderation import appeals, decisions
from app.services.site import announcements, rules
from app.services.site.audit import COMMAND_LINE
from app.web.view_options import options_of
from tests.support.factories import make_passkey, make_token, make_user
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in
from tests.support.roles import make_role

pytestmark = pytest.mark.slow

SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass
class Act:
    """What to send to a route: what its address names, and what is filled in."""

    arguments: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)


def about(person: User) -> Act:
    return Act({"username": person.username})


def with_a_passkey(person: User) -> Act:
    make_passkey(person)
    return about(person)


def unconfirmed() -> User:
    return make_user(email_verified_at=None)


def application(dora: User) -> Act:
    applications.apply(dora, "I live here.", "")
    return Act(fields={"application": dora.id})


def case(person: User, **fields: Any) -> Act:
    return Act({"case_id": make_report(make_user(), person).id}, fields)


def decision(person: User, action: Action = "silence") -> Act:
    return Act({"decision_id": decide(person, action).id})


def appeal(person: User) -> Act:
    made = decision(person)
    appeals.file(decisions.find(made.arguments["decision_id"]), "It wasn't me.")
    return Act(made.arguments, {"outcome": "upheld"})


def block(*, is_removed: bool = False) -> Act:
    entry = blocklist.add("domain", "junk.example", COMMAND_LINE)
    if is_removed:
        blocklist.remove(entry.id, COMMAND_LINE)
    return Act({"entry_id": entry.id})


def failed_job(**fields: str) -> Act:
    task_id = outbox.put("send_mail", {})
    values = {"failed_at": utcnow(), "attempts": 8}
    db.session.execute(sa.update(Task).where(Task.id == task_id).values(values))
    return Act({} if fields else {"task_id": task_id}, fields)


def announcement() -> Act:
    now = utcnow()
    announcements.create({"en": "The river rises."}, now, None, COMMAND_LINE)
    return Act({"announcement_id": announcements.page(announcements.Cursor(1))[0].id})


def template(**fields: str) -> Act:
    row = WordsTemplate(name="Advertising", language="en", words="Once a week.")
    db.session.add(row)
    db.session.flush()
    return Act({"template_id": row.id}, fields)


def removed_rule() -> Act:
    rules.remove(1, COMMAND_LINE)
    return Act({"rule_id": 1})


RULE = {"title_en": "No phones"}
# By the endpoint of a page or the name of an operation: what is prepared with ana, a member.
ACTS: dict[str, Callable[[User], Act]] = {
    "accept_applications": application,
    "add_note": lambda ana: case(ana, text="Not the first time."),
    "announcement_list": lambda ana: Act(fields={"text_en": "The river rises."}),
    "answer_appeal": appeal,
    "blocklist_page": lambda ana: Act(fields={"kind": "domain", "value": "junk.example"}),
    "close_person": about,
    "create_invitation": lambda ana: Act(fields={"uses": 1}),
    "decide": lambda ana: case(ana, action="warn", rule="0", days="30"),
    "decide_case": lambda ana: case(ana, action="warn"),
    "delete_role": lambda ana: Act({"role_id": make_role("Helpers", "write").id}),
    "delete_words_template": lambda ana: template(),
    "dismiss_checklist": lambda ana: Act(),
    "drop_job": lambda ana: failed_job(),
    "edit_role": lambda ana: Act(
        {"role_id": make_role("Helpers", "write").id}, {"name": "Gardeners", "rank": "5"}
    ),
    "edit_rule": lambda ana: Act({"rule_id": 1}, RULE),
    "edit_site_page": lambda ana: Act({"name": "about", "language": "en"}, {"body": "Hello."}),
    "edit_words_template": lambda ana: template(name="Junk", language="en", words="Please stop."),
    "end_announcement": lambda ana: announcement(),
    "end_sessions_of": lambda ana: Act({"username": "ana", "user_id": ana.id}),
    "give_role": lambda ana: Act({"username": "ana"}, {"role": "2"}),
    "lift_decision": decision,
    "move_rule": lambda ana: Act({"rule_id": 1, "direction": "down"}),
    "new_role": lambda ana: Act(fields={"name": "Gardeners", "rank": "5"}),
    "new_rule": lambda ana: Act(fields=RULE),
    "new_words_template": lambda ana: Act(
        fields={"name": "Junk", "language": "en", "words": "Please stop."}
    ),
    "open_case": lambda ana: Act({"username": "ana"}, {"user_id": ana.id}),
    "refuse_applications": application,
    "release_case": case,
    "remove_block": lambda ana: block(),
    "remove_rule": lambda ana: Act({"rule_id": 1}),
    "reset_two_factor_of": with_a_passkey,
    "restore_block": lambda ana: block(is_removed=True),
    "restore_rule": lambda ana: removed_rule(),
    "retry_job": lambda ana: failed_job(),
    "retry_jobs": lambda ana: failed_job(kind="send_mail"),
    "revoke_any_invitation": lambda ana: Act(
        {"invitation_id": invitations.create(ana, uses=1, days=1).id}
    ),
    "revoke_invitation": lambda ana: Act(
        {"invitation_id": invitations.create(ana, uses=1, days=1).id}
    ),
    "send_reset_link": lambda ana: Act({"username": "ana", "user_id": ana.id}),
    "send_test_mail": lambda ana: Act(),
    "site_settings_page": lambda ana: Act(fields={"site_name": "Riverside"}),
    "take_case": case,
    "undo_decision": decision,
    "verify_person": lambda ana: Act(
        {"username": (una := unconfirmed()).username, "user_id": una.id}
    ),
}


def privileged_pages(app: Flask) -> list[str]:
    return [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if set(rule.methods or ()) - SAFE
        and not rule.endpoint.startswith("api.")
        and options_of(rule.endpoint).permissions
    ]


OPERATIONS = [one for one in operation if one.permissions and one.method != "get"]
OF_PAGES = sorted(ACTS.keys() - {"create_invitation", "decide_case", "revoke_invitation"})


def entries_of(person: User) -> int:
    mine = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.actor_id == person.id)
    return db.session.scalars(mine).one()


@pytest.fixture
def boss(app: Flask, client: FlaskClient) -> User:
    """An administrator, signed in."""
    person = make_user("boss", role="administrator")
    log_in(client, person)
    return person


def test_every_privileged_route_is_in_the_table(app: Flask) -> None:
    assert sorted(privileged_pages(app)) == [f"main.{name}" for name in OF_PAGES]
    assert {one.name for one in OPERATIONS} <= ACTS.keys()


def url_of(app: Flask, endpoint: str, act: Act) -> str:
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    built = rule.build({name: act.arguments[name] for name in rule.arguments})
    assert built
    return str(built[1])


@pytest.mark.parametrize("name", OF_PAGES)
def test_each_page_leaves_an_entry(
    app: Flask, client: FlaskClient, boss: User, ana: User, name: str
) -> None:
    act = ACTS[name](ana)
    db.session.commit()
    url = url_of(app, f"main.{name}", act)
    has_page = client.get(url).status_code == 200
    page = get_page(client, url if has_page else "/auth/logout")
    fields = page.fields(url if has_page else "/auth/logout")
    before = entries_of(boss)
    answer = client.post(url, data=fields | act.fields)
    assert answer.status_code == 302
    assert entries_of(boss) > before


@pytest.mark.parametrize("name", [one.name for one in OPERATIONS])
def test_each_operation_leaves_an_entry(app: Flask, boss: User, ana: User, name: str) -> None:
    act = ACTS[name](ana)
    db.session.commit()
    declared = next(one for one in OPERATIONS if one.name == name)
    url = url_of(app, f"api.{name}", act)
    headers = {"Authorization": f"Bearer {make_token(boss, 'admin').secret}"}
    fields = {key: act.fields[key] for key in act.fields if declared.body}
    before = entries_of(boss)
    body = {"json": fields} if declared.body else {}
    answer = app.test_client().open(url, method=declared.method, headers=headers, **body)
    assert answer.status_code < 300, answer.get_data(as_text=True)
    assert entries_of(boss) > before
