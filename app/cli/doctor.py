"""`flask doctor`: the health of the site, and advice for its operator."""

from __future__ import annotations

import json
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from app.services.site import health, unsafe_settings
from app.services.site.health import CheckResult, Status, broken, ok, warning
from app.web.setting_advice import ADVICE

EXIT_CODES = {Status.OK: 0, Status.BROKEN: 1, Status.WARNING: 2}
SIGNS = {Status.OK: "ok", Status.WARNING: "warn", Status.BROKEN: "BROKEN"}
COLORS = {Status.OK: "green", Status.WARNING: "yellow", Status.BROKEN: "red"}


@click.command("doctor", short_help="Check the health of the site.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("--deploy", is_flag=True, help="As for a live site: an unsafe setting is broken.")
@with_appcontext
def doctor_command(as_json: bool, deploy: bool) -> None:
    """Check the settings, the database, the emails and the rest.

    Exits with 0 if everything is fine, 1 if something is broken, 2 if there are only warnings.
    """
    results = [*settings(deploy), *(health.run_check(check) for check in health.ALL)]
    state = health.worst(results)
    if as_json:
        rows = [{"name": f.name, "state": f.state, "text": f.text} for f in results]
        click.echo(json.dumps({"state": state, "checks": rows}, indent=2))
    else:
        _print_table(results)
    sys.exit(EXIT_CODES[state])


def settings(as_live: bool = False) -> list[CheckResult]:
    """One result per unsafe setting; invalid ones have already stopped the start."""
    found = unsafe_settings.findings(as_live=as_live)
    if found:
        # Whoever asks before a deployment wants it stopped.
        found_so = broken if as_live else warning
        return [found_so("settings", f"{one.subject}: {ADVICE[one.problem]}") for one in found]
    if not current_app.config["IS_PRODUCTION"]:
        return [ok("settings", "for local use only, since BASE_URL is empty")]
    return [ok("settings", "no problems found")]


def _print_table(results: list[CheckResult]) -> None:
    width = max(len(result.name) for result in results)
    for result in results:
        sign = click.style(SIGNS[result.state].ljust(6), fg=COLORS[result.state])
        click.echo(f"{sign}  {result.name.ljust(width)}  {result.text}")
