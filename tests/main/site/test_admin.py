"""The overview of administration: how the site is, how it lives, and a test email."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db, outbox
from app.lib.dates import utcnow
from app.models import AuditEntry, DailyFigure, Task, User
from app.services.site import backups, figures
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_user
from tests.support.mailbox import read, templates, waiting
from tests.support.pages import Page, get_page, log_in
from tests.support.roles import make_role

SVG = "{http://www.w3.org/2000/svg}"
ADMIN, MAIL_TEST = "/admin", "/admin/mail-test"
# One for each check, and one for all charts.
STATEMENTS = 14


def holder(client: FlaskClient, *permissions: str) -> User:
    """Somebody whose role holds these, signed in."""
    make_role("Helpers", *permissions)
    person = make_user("helper", role="helpers")
    log_in(client, person)
    return person


def overview(client: FlaskClient, query: str = "") -> Page:
    return get_page(client, ADMIN + query, statements=STATEMENTS)


def health(page: Page) -> dict[str, bool]:
    """The lines of health, and whether each is well."""
    lines = [item for item in page.all("li") if item.find("div/strong") is not None]
    words = {"".join(item.find("div/strong").itertext()): item for item in lines}
    return {
        text.removeprefix("Needs attention: "): "health__bad" not in (item.get("class") or "")
        for text, item in words.items()
    }


def ask(client: FlaskClient) -> TestResponse:
    """Press the button."""
    return client.post(MAIL_TEST, data=overview(client).fields(MAIL_TEST))


def work() -> None:
    """A worker has run: its next round is planned."""
    later = utcnow() + timedelta(hours=1)
    db.session.add(Task(name="purge", key="purge", payload={}, available_at=later))
    db.session.commit()


def test_a_site_that_is_well_says_so(client: FlaskClient, admin: User) -> None:
    work()
    lines = health(overview(client))
    storage = next(line for line in lines if line.startswith("Storage: "))
    assert lines == {
        "Site and database are up": True,
        "Worker is up": True,
        "Email is written to files": True,
        "Search is up": True,
        "No job has failed for good": True,
        "No backup yet": True,
        storage: True,
        "For local use only": True,
    }


def test_what_is_not_well_says_what_to_do(
    app: Flask, client: FlaskClient, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("send_mail", "send_mail"):
        outbox.put(name, {})
    db.session.execute(sa.update(Task).values(failed_at=utcnow()))
    app.config.update(IS_PRODUCTION=True, MAIL_SERVER="smtp.example.org")
    page = overview(client)
    lines = health(page)
    for line in ("No worker has run yet", "2 jobs failed for good", "No backup yet", "ADMINS"):
        assert lines[line] is False, lines
    for words in ("Start flask worker", "Run flask backup every day", "Go to the jobs"):
        assert words in page.text
    assert page.all("a", href="/admin/jobs")


def test_late_work_and_old_backups_are_told_with_their_age(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    work()
    backups.record(COMMAND_LINE)
    outbox.put("send_mail", {})
    old = utcnow() - timedelta(hours=3)
    is_mail = Task.name == "send_mail"
    db.session.execute(sa.update(Task).where(is_mail).values(created_at=old, available_at=old))
    page = overview(client)
    lines = health(page)
    assert (lines["The worker is late or down"], lines["Email is late"]) == (False, False)
    assert "1 job is due, the oldest from 3 hours ago." in page.text
    assert "1 email is waiting, the oldest from 3 hours ago." in page.text
    assert lines["Last backup: just now"]


def test_a_search_without_its_table_is_told_and_the_rest_is_shown(
    client: FlaskClient, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    work()
    monkeypatch.setattr("app.services.site.health.get_search", BrokenSearch)
    lines = health(overview(client))
    assert lines["search: broken"] is False
    assert lines["No job has failed for good"]


class BrokenSearch:
    def search_by_date(self, *_args: object) -> None:
        db.session.execute(sa.text("SELECT 1 FROM nowhere"))


def test_each_sees_what_their_permissions_are_about(app: Flask, client: FlaskClient) -> None:
    holder(client, "see_jobs")
    work()
    page = overview(client)
    assert set(health(page)) == {
        "Worker is up",
        "Email is written to files",
        "No job has failed for good",
    }
    assert not page.all("form", action=MAIL_TEST)
    assert "Active people a day" in page.text


def test_whoever_only_reads_the_log_sees_how_the_site_lives(client: FlaskClient) -> None:
    holder(client, "see_audit_log")
    page = overview(client)
    assert "Active people a day" in page.text
    assert health(page) == {}


def test_the_tabs_lead_to_what_one_may_open(client: FlaskClient, admin: User) -> None:
    page = overview(client)
    (nav,) = [nav for nav in page.all("nav") if nav.get("aria-label") == "Administration"]
    assert next(link.get("href") for link in nav) == ADMIN
    assert [link.get("href") for link in nav if link.get("aria-current")] == [ADMIN]
    log = get_page(client, "/admin/audit")
    (nav,) = [nav for nav in log.all("nav") if nav.get("aria-label") == "Administration"]
    assert [link.get("href") for link in nav if link.get("aria-current")] == ["/admin/audit"]


def test_charts_have_words_and_a_table(client: FlaskClient, admin: User) -> None:
    today = figures.today()
    for days in range(1, 91):
        for kind, value in (("active", 100 + days % 7), ("posts", days), ("members", 500 - days)):
            db.session.add(DailyFigure(day=today - days * figures.DAY, kind=kind, value=value))
    db.session.commit()
    page = overview(client)
    charts = {
        svg.find(f"{SVG}title").text.split(",")[0]: svg for svg in page.all(f"{SVG}svg", role="img")
    }
    assert list(charts) == ["Active people a day", "Posts a day", "Members"]
    assert charts["Members"].find(f"{SVG}desc").text == ("From 410 to 499. The axis begins at 400.")
    assert "Between 1 and 90 a day" in charts["Posts a day"].find(f"{SVG}desc").text
    assert "89 more than 89 days before" in page.text
    assert "fewer than before" in page.text
    tables = page.all("table")
    assert [len(list(table.iter("tr"))) for table in tables] == [14, 14, 14]
    # Nobody has counted new members.
    assert "Nothing has been counted yet." in page.text


def test_a_site_of_a_day_has_a_chart_too(client: FlaskClient, admin: User) -> None:
    yesterday = figures.today() - figures.DAY
    db.session.add(DailyFigure(day=yesterday, kind="active", value=1))
    db.session.add(DailyFigure(day=yesterday, kind="members", value=0))
    db.session.commit()
    page = overview(client)
    assert len(page.all(f"{SVG}svg", role="img")) == 2


@pytest.mark.parametrize("language", ["es", "zh"])
def test_the_page_is_in_the_language_of_its_reader(
    client: FlaskClient, admin: User, language: str
) -> None:
    admin.language = language
    db.session.add(DailyFigure(day=figures.today() - figures.DAY, kind="posts", value=7))
    db.session.commit()
    page = overview(client)
    for english in ("Health", "Activity", "Posts a day", "Storage", "Send me"):
        assert english not in page.text


def test_a_test_email_is_queued_and_its_job_says_what_became_of_it(
    client: FlaskClient, admin: User
) -> None:
    answer = ask(client)
    (task,) = waiting("test_mail")
    assert answer.location == f"/admin?test={task.id}#mail-test"
    assert task.payload["to"] == admin.email
    assert "emails of your site arrive" in read(task)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id) == ("send_test_mail", admin.id)
    path = f"?test={task.id}"
    assert "It waits for the worker" in overview(client, path).text
    for values, words in (
        ({"last_error": "no route"}, "and will be retried: no route"),
        ({"failed_at": utcnow()}, "It couldn't be sent: no route"),
        ({"failed_at": None, "finished_at": utcnow()}, "It was written to a file"),
    ):
        db.session.execute(sa.update(Task).where(Task.id == task.id).values(**values))
        page = overview(client, path)
        assert words in page.text
    client.application.config["MAIL_SERVER"] = "smtp.example.org"
    assert "It went out." in overview(client, path).text


def test_the_jobs_of_others_are_not_told(client: FlaskClient, admin: User, ana: User) -> None:
    theirs = outbox.put("send_mail", {}, user_id=ana.id)
    mine = outbox.put("export_posts", {}, user_id=admin.id)
    db.session.commit()
    for task_id in (theirs, mine, 10**9):
        assert "It waits for the worker" not in overview(client, f"?test={task_id}").text
    assert client.get(f"{ADMIN}?test=x").status_code == 404


def test_a_test_email_that_nobody_may_get_says_why(
    app: Flask, client: FlaskClient, admin: User
) -> None:
    for _ in range(5):
        ask(client)
    answer = ask(client)
    assert answer.location == ADMIN
    assert "No test email" in overview(client).text
    assert len(templates()) == 5


def test_test_emails_are_limited(app: Flask, client: FlaskClient, admin: User) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    token = overview(client).fields(MAIL_TEST)
    statuses = [client.post(MAIL_TEST, data=token).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
