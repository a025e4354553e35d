"""`flask announce`: from the command line."""

from __future__ import annotations

import json

from click.testing import Result
from flask import Flask

from app.extensions import db


def announce(app: Flask, *words: str) -> Result:
    db.session.commit()
    return app.test_cli_runner().invoke(args=["announce", *words])


def test_one_is_made_listed_and_ended(app: Flask) -> None:
    assert announce(app, "list").output == "There are no announcements.\n"
    made = announce(app, "new", "Nos mudamos.", "--language", "es", "--days", "2").output
    number = made.split()[1]
    assert made == f"Announcement {number} is shown.\n"
    (row,) = json.loads(announce(app, "list", "--json").output)
    assert (row["state"], row["texts"]) == ("shown", {"es": "Nos mudamos."})
    assert "Nos mudamos." in announce(app, "list").output
    assert announce(app, "end", number).output == "It's no longer shown.\n"
    result = announce(app, "end", number)
    assert (result.exit_code, result.output.partition(":")[0]) == (1, "Error")


def test_a_text_that_is_too_long_ends_with_one_line(app: Flask) -> None:
    result = announce(app, "new", "x" * 501)
    assert result.exit_code == 1
    assert result.output.startswith("Error: An announcement needs a text")
