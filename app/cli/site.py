"""`flask site`: settings that change while the site runs."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from app.extensions import db
from app.lib.log_events import log_event
from app.services.site import checklist, site_settings
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup

site_group = ProductGroup("site", help="Settings that change while the site runs.")


@site_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_settings(as_json: bool) -> None:
    """All of them, and where each value comes from: environment, site or default."""
    rows = site_settings.shown()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.name:<20}  {row.source:<12}  {row.value}")


@site_group.command("set")
@click.argument("name")
@click.argument("value")
def set_setting(name: str, value: str) -> None:
    """Set NAME to VALUE, at once and without a restart."""
    name = name.upper()
    site_settings.change({name: value}, COMMAND_LINE)
    db.session.commit()
    log_event("site_settings_changed", names=name)
    click.echo(f"{name} is set.")


@site_group.command("checklist")
@click.option("--dismiss", is_flag=True, help="Don't show it in the browser anymore.")
def show_checklist(dismiss: bool) -> None:
    """What is still to do on a new site."""
    site_settings.refresh_now()
    if dismiss:
        checklist.dismiss(COMMAND_LINE)
        db.session.commit()
    for step in (steps := checklist.open_steps()):
        click.echo(f"[{'x' if step.is_done else ' '}] {step.name}")
    if not steps:
        click.echo("There is nothing left to do.")


@site_group.command("unset")
@click.argument("name")
def unset_setting(name: str) -> None:
    """Set NAME back to its default."""
    name = name.upper()
    site_settings.unset(name, COMMAND_LINE)
    db.session.commit()
    log_event("site_settings_changed", names=name)
    click.echo(f"{name} has its default again.")
