"""Words that were replaced by the field's own terms do not come back.

`REPLACED` lists what the code used to say, and the term that a reader of Flask's or SQLAlchemy's
documentation searches for instead. Texts of the interface are not checked: templates, translated
messages, and the literals with which tests quote them. Neither are the change log and old
migrations, where a former name is data.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import config

REPLACED = {
    r"\banew\b": "again, or a verb with re-",
    r"\bshall\b": "must, should",
    r"\bby lot\b": "at random",
    r"\bset[ _]aside\b": "failed, dead letter",
    r"(?-i:(?<!there )is none\b)": "is invalid, is missing",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\b_?tell_\w+|\w+_tell\b|\bis_told\b": "notify, send, sync",
    r"\bis_limited\b": "is_degraded",
    r"\bsteady\b": "fallback",
    r"\bguesses\b": "sign-in attempts",
    r"\bnewcomers\b": "new accounts",
    r"\b(?-i:Town)\b": "DemoNetwork",
    r"\btongue\b": "language",
    r"\w*behaviour\w*": "behavior",
    r"\w*colour\w*": "color",
    r"\w*neighbour\w*": "neighbor",
    r"\b(normal|recogn|organ|author)is(e|es|ed|ing|ation)\b": "-ize",
}
PATTERN = re.compile("|".join(f"(?:{regex})" for regex in REPLACED), re.IGNORECASE)
FOLDERS = (".ci", "app", "deployment", "docs", "migrations", "tests")
NOT_CHECKED = re.compile(
    r"tests/test_words\.py|CHANGELOG|app/(translations|templates)/|app/static/vendor/|migrations/versions/"
    r"|requirements|.*LICENSE|.*__pycache__/|\.env$|\.coverage|\.image\.log|.*\.(po|mo|pot|db|svg|png|ico|gz|woff2?)$"
)
TRANSLATED = {"_", "_l", "gettext", "lazy_gettext", "ngettext"}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def checked_files() -> list[str]:
    """Our own text files: those of the folders below, and those beside them."""
    paths = [path for path in config.ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        paths += [path for path in (config.ROOT / folder).rglob("*") if path.is_file()]
    names = (path.relative_to(config.ROOT).as_posix() for path in paths)
    return sorted(name for name in names if not NOT_CHECKED.match(name))


def interface_texts(tree: ast.Module, *, is_test: bool) -> Iterator[ast.expr]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATED:
            yield from node.args
        is_literal = isinstance(node, ast.JoinedStr | ast.Constant)
        if is_test and is_literal and id(node) not in docstrings:
            yield node


def own_lines(name: str, source: str) -> list[str]:
    """The lines of a file, with interface texts blanked out."""
    lines = [line.encode() for line in source.split("\n")]
    if name.endswith(".py"):
        for text in interface_texts(ast.parse(source), is_test=name.startswith("tests/")):
            first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
            for number in range(first, last + 1):
                line = lines[number]
                start = text.col_offset if number == first else 0
                end = (text.end_col_offset or 0) if number == last else len(line)
                lines[number] = line[:start] + b" " * (end - start) + line[end:]
    return [line.decode() for line in lines]


def replacement_of(word: str) -> str:
    return next(
        term for regex, term in REPLACED.items() if re.fullmatch(regex, word, re.IGNORECASE)
    )


def test_replaced_words_do_not_come_back() -> None:
    found = [
        f"{name}:{number}: {match[0]} (say: {replacement_of(match[0])})"
        for name in checked_files()
        for number, line in enumerate(own_lines(name, Path(config.ROOT, name).read_text()), 1)
        for match in PATTERN.finditer(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "hits"),
    [
        ("# It is made anew.\n", 1),
        ('label = _("Colours")\n', 0),
        ('"""The colours of a page."""\n', 1),
        ("if page is None: pass\n", 0),
        ("def tell_owner(): pass\n", 1),
    ],
)
def test_the_check_reads_code_and_comments_but_not_the_interface(source: str, hits: int) -> None:
    assert sum(len(PATTERN.findall(line)) for line in own_lines("app/x.py", source)) == hits
