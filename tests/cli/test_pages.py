"""`flask pages`: texts of the site as files."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from flask import Flask

from app.extensions import db


def run(app: Flask, *words: str, typed: str | bytes = "") -> Result:
    result = app.test_cli_runner().invoke(args=["pages", *words], input=typed)
    db.session.rollback()
    return result


def test_a_page_goes_out_into_a_file_and_back(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "terms.md"
    file.write_text("# Términos\n\n点心\n", "utf-8")
    assert run(app, "import", "terms", "es", str(file)).output == "The page is changed.\n"
    assert "terms     es\n" in run(app, "list").output
    assert run(app, "export", "terms", "es").output == "# Términos\n\n点心\n"
    run(app, "export", "terms", "es", str(tmp_path / "copy.md"))
    assert (tmp_path / "copy.md").read_text("utf-8") == file.read_text("utf-8")
    assert run(app, "import", "terms", "es", str(file)).output == "The page says this already.\n"
    assert run(app, "import", "terms", "es", typed="").output == "The page is changed.\n"
    assert "terms     -\n" in run(app, "list").output


def test_the_text_that_comes_with_the_product_can_be_a_start(app: Flask) -> None:
    assert run(app, "export", "privacy", "en").output.startswith("## What is stored\n")
    assert run(app, "export", "terms", "en").output == ""


def test_what_is_no_text_or_too_long_ends_with_one_line(app: Flask, tmp_path: Path) -> None:
    result = run(app, "import", "terms", "en", typed=b"\xff\xfe\xfa")
    assert result.output == "Error: the file is not text in UTF-8\n"
    result = run(app, "import", "terms", "en", typed="x" * 20_001)
    assert (result.exit_code, result.output) == (1, "Error: use at most 20000 characters\n")
    assert run(app, "import", "rules", "en").exit_code == 2
