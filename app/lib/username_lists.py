"""Lists of usernames as CSV, which other programs read and write too."""

from __future__ import annotations

import csv
import io

# First cells that are the heading of the column, not a name.
HEADINGS = {"username", "account address"}


def write_usernames(names: list[str]) -> str:
    """One name a line, below a heading."""
    return "".join(f"{name}\r\n" for name in ("username", *names))


def parse_usernames(text: str) -> list[str]:
    """The names in the first column of `text`, each once, in order.

    A leading @ and the host of an address (`name@host`) are left out.
    """
    names = []
    # A broken quote ends with its line: names have none, and are one line each.
    for row in csv.reader(io.StringIO(text, newline=""), quoting=csv.QUOTE_NONE):
        cell = row[0].strip().strip('"') if row else ""
        name = cell.removeprefix("@").partition("@")[0]
        if name and name.lower() not in HEADINGS:
            names.append(name)
    return list(dict.fromkeys(names))
