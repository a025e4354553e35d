"""`flask rules`: the rules of the site from the command line."""

from __future__ import annotations

import json

from click.testing import Result
from flask import Flask

from app.extensions import db


def run(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=["rules", *words])
    db.session.rollback()
    return result


def ids(app: Flask, *words: str) -> list[int]:
    return [row["id"] for row in json.loads(run(app, "list", "--json", *words).output)]


def test_rules_are_listed_in_a_language(app: Flask) -> None:
    assert run(app, "list").output.startswith("   1  Advertising or spam\n      No advertising")
    assert "冒充他人" in run(app, "list", "--language", "zh").output


def test_a_rule_is_added_edited_moved_removed_and_restored(app: Flask) -> None:
    added = run(app, "add", "Be kind", "Always.").output
    new = int(added.split()[1])
    assert run(app, "edit", str(new), "Con amabilidad", "--language", "es").exit_code == 0
    assert "Con amabilidad" in run(app, "list", "--language", "es").output
    assert run(app, "move", str(new), "--", "-4").output == f"Rule {new} is moved.\n"
    assert ids(app) == [new, 1, 2, 3, 4]
    assert run(app, "remove", "2").output == "Rule 2 is removed.\n"
    assert ids(app) == [new, 1, 3, 4]
    assert ids(app, "--all") == [new, 1, 2, 3, 4]
    assert "(removed)" in run(app, "list", "--all").output
    assert run(app, "restore", "2").output == "Rule 2 applies again.\n"
    assert ids(app) == [new, 1, 2, 3, 4]


def test_a_wrong_rule_or_word_ends_with_one_line(app: Flask) -> None:
    result = run(app, "remove", "99")
    assert (result.exit_code, result.output) == (1, "Error: There's no such rule.\n")
    assert run(app, "add", "x" * 81).output == "Error: use at most 80 characters\n"
    assert run(app, "add", "x", "--language", "fr").exit_code == 2
