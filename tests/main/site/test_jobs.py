"""Jobs in the browser: what failed and what waits, without what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app import db, outbox
from app.lib.dates import utcnow
from app.main.forms.jobs import JOB_LABELS
from app.models import AuditEntry, Task, User
from app.services.messages import mails
from app.tasks import TASKS
from tests.support.factories import make_user
from tests.support.pages import Page, get_page, log_in
from tests.support.roles import make_role

JOBS = "/admin/jobs"


@pytest.fixture
def keeper(client: FlaskClient) -> User:
    """Somebody who may see jobs and nothing else, signed in at `client`."""
    make_role("Keepers", "see_jobs")
    person = make_user("kim", role="keepers")
    log_in(client, person)
    return person


def make_job(name: str = "send_mail", **values: Any) -> int:
    task_id = outbox.put(name, {"secret": "hunter2"})
    if values:
        db.session.execute(sa.update(Task).where(Task.id == task_id).values(**values))
    db.session.commit()
    return task_id


def make_failed(name: str = "send_mail") -> int:
    return make_job(name, failed_at=utcnow(), attempts=8, last_error="550 no such <person>")


def press(client: FlaskClient, action: str, **values: str) -> str:
    """Press the button that sends to `action`, and read what is said."""
    fields = get_page(client, JOBS).fields(action) | values
    assert client.post(action, data=fields).location == JOBS
    return get_page(client, JOBS).text


def kinds(page: Page) -> list[str]:
    return ["".join(th.itertext()) for th in page.all("th", scope="row")]


def recorded() -> list[tuple[str, str]]:
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(row.action, row.target) for row in rows]


def test_every_job_has_its_words() -> None:
    assert set(JOB_LABELS) == set(TASKS)


def test_failed_jobs_are_told_without_what_they_hold(client: FlaskClient, keeper: User) -> None:
    failed = make_failed()
    make_job()
    page = get_page(client, JOBS)
    assert kinds(page) == [f"Email to a member #{failed}"]
    assert "550 no such <person>" in page.text and "Email to a member: 1" in page.text
    assert "hunter2" not in page.response.text
    (listed,) = [sql for sql in page.statements if "ORDER BY task.id" in sql]
    assert "payload" not in listed


def test_what_waits_and_runs_is_told_apart(client: FlaskClient, keeper: User) -> None:
    later = utcnow() + timedelta(hours=1)
    make_failed()
    make_job(finished_at=utcnow())
    waiting = make_job("export_posts", available_at=later, attempts=2, last_error="no route")
    running = make_job(available_at=later, leased_by="worker 1")
    due = make_job("of_a_later_version")
    page = get_page(client, f"{JOBS}?state=open")
    assert kinds(page) == [
        f"of_a_later_version #{due}",
        f"Email to a member #{running}",
        f"Archive of a member #{waiting}",
    ]
    for words in ("due just now", "running", "waits until", "no route"):
        assert words in page.text
    assert not page.all("form", action=f"{JOBS}/{due}/drop")
    assert kinds(get_page(client, f"{JOBS}?state=open&kind=export_posts")) == [
        f"Archive of a member #{waiting}"
    ]


def test_a_failed_job_is_tried_again(client: FlaskClient, keeper: User) -> None:
    first, second = make_failed(), make_failed()
    assert "1 job is tried again." in press(client, f"{JOBS}/{first}/retry")
    assert [db.session.get_one(Task, id_).state for id_ in (first, second)] == ["due", "failed"]
    assert recorded() == [("retry_jobs", f"send_mail #{first}")]


def test_all_failed_jobs_of_a_kind_are_tried_again(client: FlaskClient, keeper: User) -> None:
    for _ in range(2):
        make_failed()
    other = make_failed("export_posts")
    text = press(client, f"{JOBS}/retry", kind="send_mail")
    assert "2 jobs are tried again." in text
    assert db.session.get_one(Task, other).state == "failed"
    assert recorded() == [("retry_jobs", "send_mail × 2")]
    assert "Someone else has decided already." in press(client, f"{JOBS}/retry", kind="")
    assert db.session.get_one(Task, other).state == "failed"


def test_a_failed_job_is_dropped_once(client: FlaskClient, keeper: User) -> None:
    failed, waiting = make_failed(), make_job()
    fields = get_page(client, JOBS).fields(f"{JOBS}/{failed}/drop")
    assert "The job was dropped." in press(client, f"{JOBS}/{failed}/drop")
    assert recorded() == [("drop_jobs", f"send_mail #{failed}")]
    for id_ in (failed, waiting, 10**12):
        assert client.post(f"{JOBS}/{id_}/drop", data=fields).location == JOBS
    assert "Someone else has decided already." in get_page(client, JOBS).text
    assert len(recorded()) == 1
    assert db.session.get_one(Task, waiting).state == "due"


def test_an_email_that_failed_goes_out_after_a_retry(
    app: Flask, client: FlaskClient, keeper: User, ana: User
) -> None:
    mails.queue("password_changed", ana)
    db.session.execute(sa.update(Task).values(failed_at=utcnow(), attempts=8))
    db.session.commit()
    press(client, f"{JOBS}/retry", kind="send_mail")
    app.test_cli_runner().invoke(args=["worker", "--drain"])
    db.session.expire_all()
    is_mail = Task.name == "send_mail"
    assert db.session.scalars(sa.select(Task).where(is_mail)).one().state == "done"


def test_acting_asks_for_the_password_after_half_an_hour(client: FlaskClient, keeper: User) -> None:
    failed = make_failed()
    with time_machine.travel(utcnow() + timedelta(minutes=29)):
        client.get(JOBS)
    with time_machine.travel(utcnow() + timedelta(minutes=31)):
        fields = get_page(client, JOBS).fields(f"{JOBS}/{failed}/drop")
        assert client.post(f"{JOBS}/{failed}/drop", data=fields).status_code == 403
    assert db.session.get_one(Task, failed).state == "failed"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "No job has failed for good"),
        ("?state=open", "No job is waiting"),
        ("?kind=send_mail", "No job matches these filters."),
    ],
)
def test_empty_lists_say_so(client: FlaskClient, keeper: User, query: str, words: str) -> None:
    assert words in get_page(client, JOBS + query).text


@pytest.mark.parametrize("query", ["state=lost", "kind=dance"])
def test_a_filter_that_means_nothing_says_so(client: FlaskClient, keeper: User, query: str) -> None:
    response = client.get(f"{JOBS}?{query}")
    assert response.status_code == 422
    assert "Not a valid choice." in response.text


def test_a_long_list_has_pages_that_keep_the_filters(
    app: Flask, client: FlaskClient, keeper: User
) -> None:
    for _ in range(app.config["POSTS_PER_PAGE"] + 1):
        make_failed()
    make_failed("export_posts")
    page = get_page(client, f"{JOBS}?kind=send_mail")
    assert len(kinds(page)) == app.config["POSTS_PER_PAGE"]
    (older,) = page.all("a", rel="next")
    assert len(kinds(get_page(client, older.get("href")))) == 1


def test_others_do_not_learn_of_it(client: FlaskClient, ana: User) -> None:
    make_role("Readers", "see_audit_log", "manage_site", "manage_people")
    log_in(client, make_user("rita", role="readers"))
    assert client.get(JOBS).status_code == 404
    assert not get_page(client, "/admin", statements=14).all("a", href=JOBS)
