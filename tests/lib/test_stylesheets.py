"""The one style sheet: layers, and no more of Bootstrap than pages use."""

from __future__ import annotations

import gzip
import re

import pytest

import config
from app.lib.stylesheets import BOOTSTRAP_CLASSES, join_stylesheets, used_rules

APP = config.ROOT / "app"
BOOTSTRAP = (APP / "static/vendor/bootstrap-5.3.8/bootstrap.min.css").read_text()
CLASS_ATTRIBUTE = re.compile(r'class="([^"]*)"')


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ("a{b:c}", "a{b:c}"),
        (".btn{b:c}.card{d:e}", ".btn{b:c}"),
        (".btn,.card,p{b:c}", ".btn,p{b:c}"),
        (".card .btn{b:c}", ""),
        (".btn:not(:disabled,.card){b:c}.btn:is(a,b){d:e}", ".btn:is(a,b){d:e}"),
        ("@media print{.card{b:c}}", ""),
        ("@media print{.card{b:c}p{d:e}}i{f:g}", "@media print{p{d:e}}i{f:g}"),
        ("@keyframes spin{to{b:c}}p{d:e}", "p{d:e}"),
        ("/*! A license */p{b:c}", "p{b:c}"),
    ],
)
def test_only_rules_for_known_classes_stay(css: str, kept: str) -> None:
    assert used_rules(css, {"btn"}) == kept


def test_a_brace_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(ValueError, match="not closed"):
        used_rules("a{b:c")


def test_the_classes_of_bootstrap_that_templates_use_are_named() -> None:
    used: set[str] = set()
    for path in (APP / "templates").rglob("*.html"):
        # What Jinja decides stands between braces: its words are no classes, its strings may be.
        for value in CLASS_ATTRIBUTE.findall(path.read_text()):
            literal = re.sub(r"{[{%].*?[%}]}", " ", value)
            used |= set(re.findall(r"[\w-]+", literal))
        kinds = re.findall(r'button\([^"]*(?:_\("[^"]*"\))?, "(\w+)"', path.read_text())
        used |= {f"btn-{kind}" for kind in ("primary", *kinds)}
    defined = set(re.findall(r"\.([A-Za-z][\w-]*)", BOOTSTRAP))
    assert used & defined == BOOTSTRAP_CLASSES


def test_the_style_sheet_is_complete_and_small() -> None:
    css = join_stylesheets(APP / "static").decode()
    assert css.startswith('@charset "UTF-8";')
    assert "Licensed under MIT" in css
    for name in BOOTSTRAP_CLASSES:
        assert re.search(rf"\.{name}[,{{:]", css)
    # Each custom property that is read without a fallback is set somewhere.
    read = set(re.findall(r"var\(\s*(--[\w-]+)\s*\)", css))
    assert read - set(re.findall(r"(--[\w-]+)\s*:", css)) <= {"--bs-body-text-align"}
    assert len(gzip.compress(css.encode())) < 20_000
