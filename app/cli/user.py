"""`flask user`: members from the command line."""

from __future__ import annotations

import sys

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.password_rules import password_problem
from app.lib.usernames import username_problem
from app.models import User
from app.services import links, passwords, users
from app.services.errors import EmailTakenError, UsernameTakenError

user_group = AppGroup("user", help="Members of the site.")


def _check_username(_context: object, _option: object, username: str) -> str:
    if problem := username_problem(username):
        raise click.BadParameter(f"this name cannot be used ({problem})")
    return username


def _check_email(_context: object, _option: object, address: str) -> str:
    # Called twice for an answer to a prompt, so it gives back what it was given.
    try:
        return parse_email(address)[0]
    except EmailSyntaxError:
        raise click.BadParameter("this is not an e-mail address") from None


def _ask_password() -> str:
    # Never an argument: every list of processes would show it.
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@user_group.command()
@click.option("--username", prompt=True, callback=_check_username)
@click.option("--email", prompt=True, callback=_check_email)
@click.option("--admin", is_flag=True, help="Make this person an administrator.")
def create(username: str, email: str, admin: bool) -> None:
    """Add a member. The password is asked for, or read from standard input."""
    password = _ask_password()
    minimum = int(current_app.config["PASSWORD_MIN_LENGTH"])
    hints = [username, email, current_app.config["SITE_NAME"]]
    if problem := password_problem(password, minimum=minimum, personal=hints):
        raise click.ClickException(f"this password is not safe ({problem})")
    role = "admin" if admin else "member"
    try:
        user = users.create(username, parse_email(email), passwords.digest(password), role=role)
    except UsernameTakenError:
        raise click.ClickException(f"the name {username} is taken") from None
    except EmailTakenError:
        raise click.ClickException(f"the address {email} belongs to somebody") from None
    # Whoever has a shell on the server vouches for the address.
    user.email_verified_at = utcnow()
    db.session.commit()
    click.echo(f"{username} is {'an administrator' if admin else 'a member'} now.")


@user_group.command("list")
def list_users() -> None:
    """All members, oldest first."""
    for user in db.session.scalars(sa.select(User).order_by(User.id)):
        state = "closed" if user.closed_at else user.role
        click.echo(f"{user.id:>6}  {user.username:<30}  {state}")


@user_group.command("reset-link")
@click.argument("username")
def reset_link(username: str) -> None:
    """Print a link with which USERNAME can set a new password."""
    user = db.session.scalar(User.named(username))
    if user is None:
        raise click.ClickException(f"there is nobody called {username}")
    click.echo(links.address_of(links.Purpose.RESET_PASSWORD, user))
