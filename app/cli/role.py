"""`flask role`: what people with a role may do, and roles of the site's own."""

from __future__ import annotations

import json
from typing import Any

import click

from app.extensions import db
from app.lib.log_events import log_event
from app.models import Role
from app.models.accounts.role import PERMISSIONS, RANK_MAX
from app.services.accounts import roles
from app.services.accounts.roles import Definition
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup

role_group = ProductGroup("role", help="Roles: what their people may do.")
RANK = click.IntRange(0, RANK_MAX - 1)
PERMISSION = click.Choice(PERMISSIONS)


def _find(name: str) -> Role:
    role = roles.named(name)
    if role is None:
        names = ", ".join(one.name for one in roles.listed())
        raise click.ClickException(f"there is no role {name}. There are: {names}")
    return role


@role_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_roles(as_json: bool) -> None:
    """All roles, the highest rank first."""
    counts = roles.people_counts()
    rows = [_row_of(role, counts.get(role.id, 0)) for role in roles.listed()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        permissions = " ".join(row["permissions"])
        click.echo(f"{row['rank']:>3}  {row['name']:<30}  {row['people']:>6}  {permissions}")


def _row_of(role: Role, people: int) -> dict[str, Any]:
    permissions = [one for one in PERMISSIONS if one in role.permissions]
    return {"name": role.name, "rank": role.rank, "people": people, "permissions": permissions}


@role_group.command("create")
@click.argument("name")
@click.option("--rank", type=RANK, default=10, show_default=True)
@click.option("--may", "permissions", type=PERMISSION, multiple=True, help="May be repeated.")
def create(name: str, rank: int, permissions: tuple[str, ...]) -> None:
    """Make a role called NAME, which lets its people do each --may."""
    made = roles.create(Definition(name, permissions, rank), COMMAND_LINE)
    db.session.commit()
    log_event("role_created", role=made.name)
    click.echo(f"There is a role {made.name} now.")


@role_group.command("edit")
@click.argument("name")
@click.option("--rename", help="Another name.")
@click.option("--rank", type=RANK, help="Another rank.")
@click.option("--may", "added", type=PERMISSION, multiple=True, help="May be repeated.")
@click.option("--may-not", "removed", type=PERMISSION, multiple=True, help="May be repeated.")
def edit(
    name: str,
    rename: str | None,
    rank: int | None,
    added: tuple[str, ...],
    removed: tuple[str, ...],
) -> None:
    """Change what people with the role NAME may do, from their next request on.

    If they are staff, it signs them out.
    """
    role = _find(name)
    new = Definition(
        role.name if rename is None else rename,
        (role.permissions | set(added)) - set(removed),
        role.rank if rank is None else rank,
    )
    roles.change(role, new, COMMAND_LINE)
    db.session.commit()
    log_event("role_changed", role=role.name)
    click.echo(f"{role.name} is changed.")


@role_group.command("delete")
@click.argument("name")
def delete(name: str) -> None:
    """Delete the role NAME. Who has it becomes a member and is signed out."""
    role = _find(name)
    count = roles.delete(role, COMMAND_LINE)
    db.session.commit()
    log_event("role_deleted", role=role.name, people=count)
    click.echo(f"{role.name} is gone. People who are members now: {count}.")
