"""`flask mail`: whether emails leave this site."""

from __future__ import annotations

import click

from app.extensions import db
from app.services.accounts import people
from app.services.messages import mail_tests
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup

mail_group = ProductGroup("mail", short_help="Check that emails are sent.")


@mail_group.command("test")
@click.argument("username")
def send_test_mail(username: str) -> None:
    """Send a test email to the member USERNAME; the worker sends it."""
    user = people.named(username)
    if user is None:
        raise click.ClickException(f"There is no one called {username}.")
    job_id = mail_tests.send(user, COMMAND_LINE)
    db.session.commit()
    click.echo(f"Job {job_id} sends it; if it fails, `flask jobs list` says why.")
