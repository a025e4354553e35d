"""The one style sheet that pages load, bundled from a file per component."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Set
from pathlib import Path

from app.lib.color_schemes import expand_light_dark

# Folders below `static`; rules of a later layer win, however specific those of an earlier one.
LAYERS = {
    "vendor": "vendor/bootstrap-5.3.8",
    "base": "css/base",
    "components": "css/components",
    "pages": "css/pages",
}
CHARSET = '@charset "UTF-8";'
# The classes of Bootstrap that templates use, a thirtieth of its rules.
BOOTSTRAP_CLASSES = {"btn", "btn-danger", "btn-primary", "form-control", "visually-hidden"}

_LICENSE = re.compile(r"/\*!.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_PROPERTY = re.compile(r"(--[\w-]+):[^;{}]*;?")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")


def join_stylesheets(static: Path) -> bytes:
    """Return all style sheets below the folder `static`, each in the layer of its folder.

    Of Bootstrap, only what pages use.
    """
    sheets: dict[str, list[str]] = {layer: [] for layer in LAYERS}
    for layer, folder in LAYERS.items():
        for path in sorted((static / folder).glob("*.css")):
            # Browsers honor @charset only at the beginning.
            text = path.read_text("utf-8").removeprefix(CHARSET).strip()
            sheets[layer].append(expand_light_dark(text))
    own = [sheet for layer in LAYERS if layer != "vendor" for sheet in sheets[layer]]
    sheets["vendor"] = [
        # The license asks to stay with every copy.
        "".join(_LICENSE.findall(s)) + _used_variables(used_rules(s), own)
        for s in sheets["vendor"]
    ]
    parts = [f"@layer {layer} {{\n{s}\n}}" for layer in LAYERS for s in sheets[layer]]
    return "\n".join([CHARSET, f"@layer {', '.join(LAYERS)};", *parts, ""]).encode()


def used_rules(css: str, classes: Set[str] = BOOTSTRAP_CLASSES) -> str:
    """The rules of minified `css` that apply to elements with no other classes than `classes`."""
    kept = []
    for prelude, body in _blocks(css):
        if prelude.startswith(("@media", "@supports")):
            if inner := used_rules(body, classes):
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@"):
            # Animations, which belong to components that no page has.
            continue
        elif selectors := [s for s in _selectors(prelude) if set(_CLASS.findall(s)) <= classes]:
            kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """The rules of minified `css` as pairs: what stands before the braces, and what in them."""
    start = 0
    while (opened := css.find("{", start)) >= 0:
        depth, end = 1, opened + 1
        while depth:
            brace = re.compile(r"[{}]").search(css, end)
            if brace is None:
                raise ValueError("a brace is not closed")
            depth += 1 if brace[0] == "{" else -1
            end = brace.end()
        # Comments, such as the license, have no braces.
        prelude = re.sub(r"/\*.*?\*/", "", css[start:opened], flags=re.DOTALL).strip()
        yield prelude, css[opened + 1 : end - 1]
        start = end


def _selectors(prelude: str) -> list[str]:
    """The selectors of a rule; commas in parentheses separate none."""
    return re.split(r",(?![^()]*\))", prelude)


def _used_variables(css: str, own: Collection[str]) -> str:
    """`css` without the custom properties that neither itself nor `own` style sheets read."""
    used = {name for sheet in (css, *own) for name in _VARIABLE.findall(sheet)}
    rest = _PROPERTY.sub(lambda found: found[0] if found[1] in used else "", css)
    # What only an unused one has read is unused too.
    return rest if rest == css else _used_variables(rest, own)
