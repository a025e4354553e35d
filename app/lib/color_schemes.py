"""Writing `light-dark()` out for browsers from before 2024, which phones keep for many years."""

from __future__ import annotations

import re

_RULE = re.compile(r"(?P<selector>[^{}/]+)\{(?P<body>[^{}]*light-dark\([^{}]*)\}")
_DECLARATION = re.compile(
    r"^\s*(?P<name>--[\w-]+):\s*(?P<value>[^;]*light-dark\([^;]*);", re.MULTILINE
)
_FUNCTION = "light-dark("


def expand_light_dark(css: str) -> str:
    """Return `css` with each custom property that uses `light-dark()` set once per color scheme.

    A theme that is stored in `data-bs-theme` wins over the system's, as with the function itself.
    """
    # The pattern is slow on a large file, and only one file uses the function.
    return _RULE.sub(_expand_rule, css) if _FUNCTION in css else css


def _expand_rule(rule: re.Match[str]) -> str:
    dark = "\n".join(
        f"  {found['name']}: {_pick(found['value'], 1)};"
        for found in _DECLARATION.finditer(rule["body"])
    )
    light = _pick(rule["body"], 0)
    return (
        f"{rule['selector']}{{{light}}}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f':root:not([data-bs-theme="light"]) {{\n{dark}\n}}\n}}\n'
        f'[data-bs-theme="dark"] {{\n{dark}\n}}'
    )


def _pick(text: str, scheme: int) -> str:
    """Return `text` with each `light-dark()` replaced by its argument for the scheme (0: light)."""
    parts, end = [], 0
    while (start := text.find(_FUNCTION, end)) >= 0:
        arguments, close = _arguments(text, start + len(_FUNCTION))
        parts += [text[end:start], arguments[scheme]]
        end = close
    return "".join([*parts, text[end:]])


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """Return the arguments of the function whose parenthesis opens before `start`, and its end."""
    depth, begin, found = 0, start, []
    for place in range(start, len(text)):
        if text[place] == "(":
            depth += 1
        elif text[place] == ")" and depth:
            depth -= 1
        elif text[place] in ",)" and not depth:
            found.append(text[begin:place].strip())
            begin = place + 1
            if text[place] == ")":
                return found, begin
    raise ValueError("a light-dark() without an end")
