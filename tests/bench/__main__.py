"""Measure the pages of a site, and compare with a run that was saved before."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from app import db
from tests.bench import in_process, served
from tests.bench.sites import SHAPES, SIZES, make_site

Row = dict[str, float]
COLUMNS = {
    "milliseconds": "CPU ms",
    "calls": "calls",
    "statements": "statements",
    "bytes": "bytes",
    "served": "served, CPU ms",
    "hello": "of hello",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", choices=[*SIZES, *SHAPES], default="small")
    parser.add_argument(
        "--database",
        default="",
        help="the URL of an empty database; otherwise, a new one on SQLite; "
        "a light or large one that is filled is measured as it is",
    )
    parser.add_argument("--save", type=Path, help="a file for the figures")
    parser.add_argument("--compare", type=Path, help="a file from --save")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows = measure(Path(name), options.size, options.database)
    before = json.loads(options.compare.read_text()) if options.compare else {}
    print_table(rows, before)
    if options.save:
        options.save.write_text(json.dumps(rows, indent=1))


def measure(folder: Path, size: str, database: str) -> dict[str, Row]:
    """The figures of each page, by its name."""
    site = make_site(folder, size, database)
    rows = {name: in_process.measure(site, *page) for name, page in site.pages.items()}
    with (
        served.serve("microblog:app", folder, site.settings) as ours,
        served.serve_hello(folder) as hello,
    ):
        for name, (path, token) in site.pages.items():
            cookie = f"session={token}" if token else ""
            # In turn, so that a busy machine slows both alike.
            plain = hello.milliseconds("/")
            rows[name]["served"] = ours.milliseconds(path, cookie)
            rows[name]["hello"] = plain / rows[name]["served"]
    with site.app.app_context():
        db.engine.dispose()
    return rows


def print_table(rows: dict[str, Row], before: dict[str, Row]) -> None:
    """Print a line for each page, and below it the ratios to the figures from before."""
    print(f"{'':18}" + "".join(f"{title:>16}" for title in COLUMNS.values()))
    for name, row in rows.items():
        print(f"{name:18}" + "".join(f"{shown(column, row[column]):>16}" for column in COLUMNS))
        if then := before.get(name):
            ratios = (
                f"x {row[column] / then[column]:.2f}" if then[column] else "" for column in COLUMNS
            )
            print(f"{'':18}" + "".join(f"{ratio:>16}" for ratio in ratios))


def shown(column: str, value: float) -> str:
    if column == "hello":
        return f"{value:.0%}"
    return f"{value:.2f}" if column in ("milliseconds", "served") else f"{value:,.0f}"


if __name__ == "__main__":
    main()
