"""`flask mail`: a test email from the command line."""

from __future__ import annotations

from click.testing import Result
from flask import Flask

from app.extensions import db
from app.models import User
from tests.support.mailbox import waiting


def test_a_member_gets_a_test_email(app: Flask, ana: User) -> None:
    result = mail_test(app, "ana")
    (task,) = waiting("test_mail", ana.email)
    assert result.output.startswith(f"Job {task.id} sends it;")


def test_nobody_and_too_many_end_with_one_line(app: Flask, ana: User) -> None:
    result = mail_test(app, "nobody")
    assert (result.exit_code, result.output) == (1, "Error: There is no one called nobody.\n")
    for _ in range(5):
        mail_test(app, "ana")
    result = mail_test(app, "ana")
    assert (result.exit_code, result.output.partition(":")[0]) == (1, "Error")
    assert "five of them today" in result.output
    assert len(waiting("test_mail")) == 5


def mail_test(app: Flask, username: str) -> Result:
    db.session.commit()
    return app.test_cli_runner().invoke(args=["mail", "test", username])
