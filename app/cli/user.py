"""`flask user`: members from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.emails import EmailSyntaxError, parse_email
from app.lib.log_events import log_event
from app.lib.password_rules import password_problem
from app.lib.text import one_line
from app.lib.usernames import username_problem
from app.models import Application, Session, User
from app.models.accounts.role import ADMINISTRATOR_ID, MEMBER_ID
from app.services.accounts import (
    accounts,
    applications,
    links,
    passwords,
    people,
    roles,
    setup,
)
from app.services.data import counters
from app.services.site import audit, site_settings
from app.services.site.audit import COMMAND_LINE, Actor
from app.web.commands import ProductGroup
from app.web.forms import password_advice, username_advice

# More than anybody reads in a terminal.
LISTED_MAX = 10_000
# Of applications, by the ids of their users.
Decide = Callable[[list[int], Actor], list[int]]

user_group = ProductGroup("user", help="Members of the site.")


def _check_username(_context: object, _option: object, username: str) -> str:
    if problem := username_problem(username):
        raise click.BadParameter(username_advice(problem))
    return username


def _check_email(_context: object, _option: object, address: str) -> str:
    # Click calls this twice for a prompt, so it must accept its own result.
    try:
        return parse_email(address)[0]
    except EmailSyntaxError:
        raise click.BadParameter("this isn't an email address") from None


def find_user(username: str) -> User:
    user = db.session.scalar(User.named(username))
    if user is None:
        raise click.ClickException(f"there is no one called {username}")
    return user


def _ask_password(username: str, email: str) -> str:
    """A safe password. On a terminal it is asked for again until it is one.

    Never an argument: process lists would show it.
    """
    site_settings.refresh_now()
    minimum = int(current_app.config["PASSWORD_MIN_LENGTH"])
    personal = [username, email, current_app.config["SITE_NAME"]]

    def check(password: str) -> str:
        if problem := password_problem(password, minimum=minimum, personal=personal):
            raise click.UsageError(password_advice(problem, minimum))
        return password

    if sys.stdin.isatty():
        return str(
            click.prompt("Password", hide_input=True, confirmation_prompt=True, value_proc=check)
        )
    try:
        return check(sys.stdin.readline().rstrip("\r\n"))
    except click.UsageError as error:
        raise click.ClickException(error.message) from None


@user_group.command()
@click.option("--username", prompt=True, callback=_check_username)
@click.option("--email", prompt=True, callback=_check_email)
@click.option("--admin", is_flag=True, help="Make this person an administrator.")
def create(username: str, email: str, admin: bool) -> None:
    """Add a member. The password is prompted for, or read from standard input."""
    password = _ask_password(username, email)
    role_id = ADMINISTRATOR_ID if admin else MEMBER_ID
    user = accounts.create(
        username, parse_email(email), passwords.hash_password(password), role_id=role_id
    )
    # An operator with a shell on the server vouches for the address.
    user.email_verified_at = utcnow()
    audit.record("create_account", COMMAND_LINE, person=user, target=user.role.name)
    db.session.commit()
    click.echo(f"{username} is {'an administrator' if admin else 'a member'} now.")


@user_group.command("setup-link")
@click.option("--first", is_flag=True, help="Only where there is nobody yet, and no such link.")
def setup_link(first: bool) -> None:
    """Print a link that creates the first administrator; it voids the one before."""
    link = setup.make_first_link() if first else setup.make_link()
    if link:
        audit.record("make_setup_link", COMMAND_LINE)
    db.session.commit()
    if link:
        click.echo(link)


@user_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_users(as_json: bool) -> None:
    """All members, oldest first."""
    people = db.session.scalars(sa.select(User).options(joinedload(User.role)).order_by(User.id))
    if as_json:
        click.echo(json.dumps([_row_of(user) for user in people], indent=2))
        return
    for user in people:
        state = "closed" if user.closed_at else user.role.name
        click.echo(f"{user.id:>6}  {user.username:<30}  {state}")


def _row_of(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "role": user.role.name,
        "is_verified": user.is_verified,
        "is_closed": user.closed_at is not None,
        "created_at": user.created_at.isoformat(timespec="seconds"),
    }


@user_group.command("reset-link")
@click.argument("username")
def reset_link(username: str) -> None:
    """Print a password reset link for USERNAME."""
    user = find_user(username)
    audit.record("make_reset_link", COMMAND_LINE, person=user)
    db.session.commit()
    click.echo(links.address_of(links.Purpose.RESET_PASSWORD, user))
    if not current_app.config["IS_PRODUCTION"]:
        # Beside the link, so that what reads the output still gets the link alone.
        click.echo(
            "This link works on this machine only. With BASE_URL, it works anywhere.", err=True
        )


@user_group.command()
@click.argument("username")
def verify(username: str) -> None:
    """Confirm the address of USERNAME, who can then post."""
    user = find_user(username)
    if user.is_verified:
        click.echo(f"The address of {user.username} was already confirmed.")
        return
    people.verify(user, COMMAND_LINE)
    db.session.commit()
    click.echo(f"The address of {user.username} is confirmed now.")


@user_group.command("applications")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_applications(as_json: bool) -> None:
    """People who ask to join, who has waited longest first."""
    rows = [_row_of_application(one) for one in applications.page(LISTED_MAX)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['applied_at']}  {row['username']:<30}  {one_line(row['reason'])}")
    if not rows:
        click.echo("No one is waiting.")


def _row_of_application(one: Application) -> dict[str, str]:
    applied_at = one.user.applied_at
    return {
        "username": one.user.username,
        "applied_at": applied_at.isoformat(timespec="seconds") if applied_at else "",
        "reason": one.reason,
    }


@user_group.command()
@click.argument("username")
def accept(username: str) -> None:
    """Let USERNAME in, who has asked to join."""
    _decide(username, applications.accept, "application_accepted")
    click.echo(f"{username} is a member now.")


@user_group.command()
@click.argument("username")
def refuse(username: str) -> None:
    """Refuse USERNAME, who has asked to join, and delete that account."""
    _decide(username, applications.refuse, "application_refused")
    click.echo(f"The account {username} is gone.")


def _decide(username: str, decide: Decide, event: str) -> None:
    user_id = find_user(username).id
    if not decide([user_id], COMMAND_LINE):
        raise click.ClickException(f"{username} doesn't wait for an answer")
    db.session.commit()
    log_event(event, whose=user_id)


@user_group.command("sessions")
@click.argument("username")
@click.option("--end-all", is_flag=True, help="Sign this person out everywhere.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_sessions(username: str, end_all: bool, as_json: bool) -> None:
    """Devices on which USERNAME is signed in, most recently used first."""
    user = find_user(username)
    if end_all:
        count = people.end_sessions(user, COMMAND_LINE)
        db.session.commit()
        click.echo(f"{user.username} was signed out everywhere: {count}.")
        return
    rows = [_device_of(session) for session in db.session.scalars(Session.open_of(user))]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['id']:>6}  {row['last_used_at']}  {row['network']:<20}  {row['device']}")
    if not rows:
        click.echo(f"{user.username} is not signed in on any device.")


def _device_of(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.device_name,
        "network": session.network,
        "last_used_at": session.last_used_at.isoformat(timespec="seconds"),
    }


@user_group.command("reset-two-factor")
@click.argument("username")
def reset_two_factor(username: str) -> None:
    """Remove the authenticator app and passkeys of USERNAME, who has lost them.

    They are told by email and signed out everywhere. Make sure that it is them who ask.
    """
    user = find_user(username)
    had_app, passkeys_count = people.reset_two_factor(user, COMMAND_LINE)
    if not had_app and not passkeys_count:
        click.echo(f"{user.username} has neither an authenticator app nor passkeys.")
        return
    db.session.commit()
    log_event("authn_factor_removed", whose=user.id, by="operator")
    click.echo(
        f"Removed from {user.username}: {int(had_app)} authenticator app, "
        f"{passkeys_count} passkeys. They are signed out everywhere."
    )


@user_group.command("role")
@click.argument("username")
@click.argument("role")
def change_role(username: str, role: str) -> None:
    """Give USERNAME a ROLE: member, moderator, administrator, or one of the site's own."""
    user, given = find_user(username), roles.named(role)
    if given is None:
        names = ", ".join(one.name for one in roles.listed())
        raise click.BadParameter(f"there is no such role. There are: {names}")
    roles.give(user, given, COMMAND_LINE)
    db.session.commit()
    log_event("privilege_permissions_changed", whose=user.id, role=given.name)
    click.echo(f"{user.username} has the role {given.name} now.")


@user_group.command()
@click.argument("username", required=False)
@click.option("--all", "are_all", is_flag=True, help="Everyone.")
def recount(username: str | None, are_all: bool) -> None:
    """Recount the posts, followers and followed people of USERNAME."""
    if are_all == (username is not None):
        raise click.UsageError("Give either a USERNAME or --all.")
    count = counters.recount(find_user(username) if username else None)
    db.session.commit()
    click.echo("All counts were correct." if not count else f"{count} corrected.")
