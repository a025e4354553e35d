"""`flask invite`: links by which people join."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.lib.log_events import log_event
from app.models import Invitation, User
from app.services.accounts import invitations
from app.services.accounts.invitations import DAYS_MAX, USES_MAX
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup

invite_group = ProductGroup("invite", help="Links by which people join.")


@invite_group.command("create")
@click.option("--uses", type=click.IntRange(1, USES_MAX), default=1, show_default=True)
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=7, show_default=True)
def create(uses: int, days: int) -> None:
    """Print a link for so many people, which works for so many days."""
    made = invitations.create(None, uses, days)
    url = invitations.url_of(made)
    db.session.commit()
    log_event("invitation_created", invitation_id=made.id, uses=uses)
    click.echo(url)


@invite_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_invitations(as_json: bool) -> None:
    """All invitations that have not expired, newest first, without their links."""
    live = Invitation.live().options(joinedload(Invitation.user))
    rows = [_row_of(one) for one in db.session.scalars(live)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        uses = f"{row['uses_left']} of {row['uses_max']}"
        click.echo(f"{row['id']:>6}  {row['maker'] or '-':<30}  {uses:<12}  {row['expires_at']}")
    if not rows:
        click.echo("There are no invitations.")


def _row_of(one: Invitation) -> dict[str, Any]:
    return {
        "id": one.id,
        "maker": one.user.username if one.user else None,
        "uses_left": one.uses_left,
        "uses_max": one.uses_max,
        "expires_at": one.expires_at.isoformat(timespec="seconds"),
    }


@invite_group.command("revoke")
@click.argument("invitation_id", metavar="ID", type=int)
def revoke(invitation_id: int) -> None:
    """Make the link of invitation ID useless."""
    live = Invitation.live().where(Invitation.id == invitation_id)
    one = db.session.scalar(live.options(joinedload(Invitation.user)))
    if one is None:
        raise click.ClickException(f"there is no invitation {invitation_id}")
    invitations.revoke(one, COMMAND_LINE, one.user)
    db.session.commit()
    log_event("invitation_revoked", invitation_id=invitation_id)
    click.echo("Its link doesn't work anymore.")


@invite_group.command("who")
@click.argument("username")
def who(username: str) -> None:
    """Who invited USERNAME, and whom they have invited."""
    user = db.session.scalar(User.named(username))
    if user is None:
        raise click.ClickException(f"there is no one called {username}")
    inviter = db.session.scalar(invitations.inviter_of(user))
    click.echo(f"invited by: {inviter.username if inviter else '-'}")
    joined = db.session.scalars(invitations.invited_by(user)).all()
    click.echo(f"has invited: {', '.join(one.username for one in joined) or '-'}")
