"""`flask doctor`: the health of the site, and advice for its operator."""

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
SIGNS = {Status.OK: "ok", Status.WARNING: "warn", Status.BROKEN: "BROKEN"}
READABLE_BY_ALL = 0o004
COLORS = {Status.OK: "green", Status.WARNING: "yellow", Status.BROKEN: "red"}


@click.command("doctor", short_help="Check the health of the site.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@with_appcontext
def doctor_command(as_json: bool) -> None:
    """Check the settings, the database, the emails and the rest.

    Exits with 0 if everything is fine, 1 if something is broken, 2 if there are only warnings.
    """
    checks = (*health.CRITICAL, *health.DEGRADING, *health.DOCTOR_ONLY)
    results = [*settings(), *(health.run_check(check) for check in checks)]
    state = health.worst(results)
    if as_json:
        rows = [{"name": f.name, "state": f.state, "text": f.text} for f in results]
        click.echo(json.dumps({"state": state, "checks": rows}, indent=2))
    else:
        _print_table(results)
    sys.exit(EXIT_CODES[state])


def settings() -> list[CheckResult]:
    """One result per questionable setting; invalid ones have already stopped the start."""
    if not current_app.config["IS_PRODUCTION"]:
        return [ok("settings", "for local use only, since BASE_URL is empty")]
    warnings = [warning("settings", text) for text in _advice(current_app.config)]
    return warnings or [ok("settings", "no problems found")]


def _advice(config: Mapping[str, Any]) -> Iterator[str]:
    """Settings that a production site should change."""
    if not config["ADMINS"]:
        yield "ADMINS: no one is notified when something breaks"
    if not config["MAIL_SERVER"]:
        yield "MAIL_SERVER: emails stay on this machine, so no one can reset a password"
    elif config["MAIL_USERNAME"] and _is_unencrypted(config):
        yield "MAIL_USE_TLS: the password of the mail server is sent unencrypted"
    if config["IS_HTTPS"] and not config["PROXY_HOPS"]:
        yield "PROXY_HOPS: the TLS proxy's address is taken for that of every client"
    if not config["RATELIMIT_ENABLED"]:
        yield "RATELIMIT_ENABLED: passwords can be guessed without limit"
    if any(len(key.encode()) < SECRET_KEY_MIN_BYTES for key in config["SECRET_KEY_FALLBACKS"]):
        yield "SECRET_KEY_FALLBACKS: a key is shorter than 32 bytes"
    if config["LOG_LEVEL"] != "INFO":
        yield "LOG_LEVEL: INFO logs what an investigation needs, and no more"
    yield from _advice_on_files()
    yield from _advice_on_database(config)


def _is_unencrypted(config: Mapping[str, Any]) -> bool:
    is_local = config["MAIL_SERVER"] in LOOPBACK_HOSTS
    return not (is_local or config["MAIL_USE_TLS"] or config["MAIL_USE_SSL"])


def _advice_on_files() -> Iterator[str]:
    instance = Path(current_app.instance_path)
    for path in (ROOT / ".env", instance / "secret_key", instance / "app.db"):
        if path.exists() and path.stat().st_mode & READABLE_BY_ALL:
            yield f"{path} can be read by anyone on this machine: `chmod 600` it"


def _advice_on_database(config: Mapping[str, Any]) -> Iterator[str]:
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        if config["SQLITE_SYNCHRONOUS"] != "FULL":
            yield "SQLITE_SYNCHRONOUS: a power failure may lose the latest posts"
    elif url.host not in (None, *LOOPBACK_HOSTS) and url.query.get("sslmode") != "verify-full":
        yield "DATABASE_URL: sslmode=verify-full verifies that it is your database"


def _print_table(results: list[CheckResult]) -> None:
    width = max(len(result.name) for result in results)
    for result in results:
        sign = click.style(SIGNS[result.state].ljust(6), fg=COLORS[result.state])
        click.echo(f"{sign}  {result.name.ljust(width)}  {result.text}")
