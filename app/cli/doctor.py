"""`flask doctor`: how the site is, and what the owner should look after."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import make_url

from app.services.site import health
from app.services.site.health import CheckResult, Status, ok, warning
from config import LOOPBACK_HOSTS, ROOT, SECRET_KEY_MIN_BYTES

EXIT_CODES = {Status.OK: 0, Status.BROKEN: 1, Status.WARNING: 2}
SIGNS = {Status.OK: "ok", Status.WARNING: "look", Status.BROKEN: "BROKEN"}
READABLE_BY_ALL = 0o004
COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.BROKEN: "red"}


@click.command("doctor", short_help="Look whether everything is well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@with_appcontext
def doctor_command(as_json: bool) -> None:
    """Look at the settings, the database, the mails and the rest.

    Ends with 0 when all is well, 1 when something is broken, 2 when something should be looked at.
    """
    checks = (*health.CRITICAL, *health.DEGRADING, *health.DOCTOR_ONLY)
    findings = [*settings(), *(health.run_check(check) for check in checks)]
    state = health.worst(findings)
    if as_json:
        rows = [{"name": f.name, "state": f.state, "text": f.text} for f in findings]
        click.echo(json.dumps({"state": state, "checks": rows}, indent=2))
    else:
        _print_table(findings)
    sys.exit(EXIT_CODES[state])


def settings() -> list[CheckResult]:
    """One finding for each setting to think about; what cannot work stopped the start before."""
    if not current_app.config["IS_PRODUCTION"]:
        return [ok("settings", "for this machine alone, since BASE_URL is empty")]
    found = [warning("settings", text) for text in _advice(current_app.config)]
    return found or [ok("settings", "nothing to remark")]


def _advice(config: Mapping[str, Any]) -> Iterator[str]:
    """What a live site would do better otherwise."""
    if not config["ADMINS"]:
        yield "ADMINS: nobody is told when something breaks"
    if not config["MAIL_SERVER"]:
        yield "MAIL_SERVER: mails stay on this machine, so nobody can reset a password"
    elif config["MAIL_USERNAME"] and _goes_in_the_open(config):
        yield "MAIL_USE_TLS: the password of the mail server travels in the open"
    if config["IS_HTTPS"] and not config["PROXY_HOPS"]:
        yield "PROXY_HOPS: the proxy that brings TLS is taken for a visitor"
    if not config["RATELIMIT_ENABLED"]:
        yield "RATELIMIT_ENABLED: passwords can be guessed without end"
    if any(len(key.encode()) < SECRET_KEY_MIN_BYTES for key in config["SECRET_KEY_FALLBACKS"]):
        yield "SECRET_KEY_FALLBACKS: a key is shorter than 32 bytes"
    if config["LOG_LEVEL"] != "INFO":
        yield "LOG_LEVEL: with INFO the log has what an investigation needs, and not more"
    yield from _advice_on_files()
    yield from _advice_on_database(config)


def _goes_in_the_open(config: Mapping[str, Any]) -> bool:
    is_near = config["MAIL_SERVER"] in LOOPBACK_HOSTS
    return not (is_near or config["MAIL_USE_TLS"] or config["MAIL_USE_SSL"])


def _advice_on_files() -> Iterator[str]:
    instance = Path(current_app.instance_path)
    for path in (ROOT / ".env", instance / "secret_key", instance / "app.db"):
        if path.exists() and path.stat().st_mode & READABLE_BY_ALL:
            yield f"{path} can be read by everybody on this machine: `chmod 600` it"


def _advice_on_database(config: Mapping[str, Any]) -> Iterator[str]:
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        if config["SQLITE_SYNCHRONOUS"] != "FULL":
            yield "SQLITE_SYNCHRONOUS: a power cut may take the last posts"
    elif url.host not in (None, *LOOPBACK_HOSTS) and url.query.get("sslmode") != "verify-full":
        yield "DATABASE_URL: sslmode=verify-full makes sure that it is your database"


def _print_table(findings: list[CheckResult]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        sign = click.style(SIGNS[finding.state].ljust(6), fg=COLOURS[finding.state])
        click.echo(f"{sign}  {finding.name.ljust(width)}  {finding.text}")
