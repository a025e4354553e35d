"""`flask blocklist`: the block list from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.extensions import db
from app.services.accounts import blocklist
from app.services.errors import BlockedAddressError
from tests.support.factories import PASSWORD


def run(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=["blocklist", *words])
    db.session.rollback()
    return result


def test_a_domain_is_blocked_listed_found_and_removed(app: Flask) -> None:
    added = run(app, "add", "domain", "Junk.Example", "--note", "Throwaway mail", "--days", "7")
    assert added.output.startswith("Blocked, as number ")
    (row,) = json.loads(run(app, "list", "--json").output)
    assert (row["kind"], row["value"], row["note"]) == ("domain", "junk.example", "Throwaway mail")
    assert row["ends_at"] and row["maker"] is None
    assert "Throwaway mail" in run(app, "list", "--kind", "domain").output
    assert run(app, "list", "--kind", "network").output == "Nothing is blocked.\n"
    assert "junk.example" in run(app, "find", "a@mail.junk.example").output
    assert run(app, "find", "fine.example").output == "Nothing blocks it.\n"
    assert run(app, "remove", "domain", "junk.example").output == "Not blocked anymore.\n"
    again = run(app, "remove", "domain", "junk.example")
    assert (again.exit_code, again.output) == (1, "Error: this isn't blocked\n")


def test_an_address_is_removed_by_itself_and_never_shown(app: Flask) -> None:
    run(app, "add", "address", "eva@fine.example")
    listed = run(app, "list").output + run(app, "list", "--json").output
    assert "eva" not in listed and '"value": null' in listed
    assert run(app, "remove", "address", "EVA+x@fine.example").exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("network", "0.0.0.0/0"), "Error: This network is too large."),
        (("domain", "junk"), "Error: Write a domain such as example.org."),
    ],
)
def test_what_cannot_be_blocked_ends_with_one_line(
    app: Flask, words: tuple[str, str], message: str
) -> None:
    result = run(app, "add", *words)
    assert result.exit_code == 1
    assert result.output.startswith(message) and result.output.count("\n") == 1


def test_what_is_blocked_already_ends_with_one_line(app: Flask) -> None:
    run(app, "add", "domain", "junk.example")
    result = run(app, "add", "domain", "junk.example")
    assert (result.exit_code, result.output) == (1, "Error: This is blocked already.\n")
    assert run(app, "add", "domain", "x.example", "--note", "x" * 201).exit_code == 2
    assert run(app, "add", "planet", "mars").exit_code == 2


def test_a_file_of_domains_is_imported(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "domains.txt"
    lines = ["# A list", "junk.example", "", "JUNK.example  # again", "two words", "spam.example"]
    file.write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    run(app, "add", "domain", "spam.example")
    result = run(app, "import", str(file), "--note", "A list")
    assert result.exit_code == 0
    assert "Blocked now: 1. Blocked before: 1." in result.output
    assert "Lines that aren't domains: 5\n" in result.output
    with pytest.raises(BlockedAddressError):
        blocklist.require_allowed(email_key="a@mail.junk.example")
    assert run(app, "import", str(tmp_path / "none.txt")).exit_code == 2


def test_a_file_that_is_no_text_is_no_failure(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(bytes(range(256)) * 20)
    result = run(app, "import", str(file))
    assert result.exit_code == 0 and "Blocked now: 0." in result.output


def test_whoever_has_a_shell_stands_above_it(app: Flask) -> None:
    run(app, "add", "domain", "junk.example")
    words = ["user", "create", "--username", "dora", "--email", "dora@junk.example"]
    result = app.test_cli_runner().invoke(args=words, input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
