"""`flask site`: settings from the command line."""

from __future__ import annotations

import json

from click.testing import Result
from flask import Flask

from app.extensions import db
from app.services.site import site_settings


def site(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=["site", *words])
    db.session.rollback()
    return result


def listed(app: Flask) -> dict[str, tuple[str, str]]:
    rows = json.loads(site(app, "list", "--json").output)
    return {row["name"]: (row["value"], row["source"]) for row in rows}


def test_a_setting_is_set_listed_and_unset(app: Flask) -> None:
    assert site(app, "set", "site_name", "Riverside").output == "SITE_NAME is set.\n"
    assert listed(app)["SITE_NAME"] == ("Riverside", "site")
    assert "SITE_NAME             site          Riverside" in site(app, "list").output
    site_settings.refresh_now()
    assert app.config["SITE_NAME"] == "Riverside"
    assert site(app, "unset", "SITE_NAME").exit_code == 0
    assert listed(app)["SITE_NAME"] == ("Microblog", "default")


def test_a_wrong_value_ends_with_one_line(app: Flask) -> None:
    result = site(app, "set", "REGISTRATION", "maybe")
    assert result.exit_code == 1
    assert result.output.startswith("Error: REGISTRATION: use ")


def test_an_unknown_or_fixed_setting_ends_with_one_line(app: Flask) -> None:
    assert site(app, "set", "SECRET_KEY", "x").output == "Error: There is no such setting.\n"
    app.config["SET_BY_ENVIRONMENT"] = frozenset({"SITE_NAME"})
    result = site(app, "set", "SITE_NAME", "x")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The environment sets this. Change it there.\n",
    )
