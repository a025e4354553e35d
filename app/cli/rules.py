"""`flask rules`: the rules of the site."""

from __future__ import annotations

import json

import click

from app.extensions import db
from app.lib.log_events import log_event
from app.services.site import rules
from app.services.site.audit import COMMAND_LINE
from app.web.commands import ProductGroup
from config import LANGUAGES

rules_group = ProductGroup("rules", help="The rules of the site.")

in_language = click.option(
    "--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True
)
rule_argument = click.argument("rule_id", metavar="ID", type=int)


@rules_group.command("list")
@in_language
@click.option("--all", "with_removed", is_flag=True, help="Also removed ones.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
def list_rules(language: str, with_removed: bool, as_json: bool) -> None:
    """Show them in their order, as a reader of a language sees them."""
    rows = []
    for entry in rules.entries():
        if with_removed or not entry.is_removed:
            title, text = entry.words(language)
            rows.append({"id": entry.id, "removed": entry.is_removed, "title": title, "text": text})
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        state = "  (removed)" if row["removed"] else ""
        click.echo(f"{row['id']:>4}  {row['title']}{state}")
        if row["text"]:
            click.echo(f"      {row['text']}")


@rules_group.command("add")
@click.argument("title")
@click.argument("text", default="")
@in_language
def add_rule(title: str, text: str, language: str) -> None:
    """Add a rule behind the others."""
    rule_id = rules.add({language: (title, text)}, COMMAND_LINE)
    _save(rule_id, f"Rule {rule_id} applies from now on.")


@rules_group.command("edit")
@rule_argument
@click.argument("title")
@click.argument("text", default="")
@in_language
def edit_rule(rule_id: int, title: str, text: str, language: str) -> None:
    """Write rule ID in a language; an empty title takes that language away."""
    rules.edit(rule_id, {language: (title, text)}, COMMAND_LINE)
    _save(rule_id, f"Rule {rule_id} is changed.")


@rules_group.command("move")
@rule_argument
@click.argument("places", type=int)
def move_rule(rule_id: int, places: int) -> None:
    """Move rule ID by so many places: 1 is down. Write `-- -1` to move it up."""
    rules.move(rule_id, places, COMMAND_LINE)
    _save(rule_id, f"Rule {rule_id} is moved.")


@rules_group.command("remove")
@rule_argument
def remove_rule(rule_id: int) -> None:
    """Take rule ID away. Reports that name it still show it."""
    rules.remove(rule_id, COMMAND_LINE)
    _save(rule_id, f"Rule {rule_id} is removed.")


@rules_group.command("restore")
@rule_argument
def restore_rule(rule_id: int) -> None:
    """Bring a removed rule back."""
    rules.restore(rule_id, COMMAND_LINE)
    _save(rule_id, f"Rule {rule_id} applies again.")


def _save(rule_id: int, text: str) -> None:
    db.session.commit()
    log_event("site_rules_changed", rule_id=rule_id)
    click.echo(text)
