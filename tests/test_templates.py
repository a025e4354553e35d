"""What templates, styles and scripts must keep to, beyond what a single page can show."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

import config
from app.lib.color_schemes import expand_light_dark
from app.lib.stylesheets import LAYERS, join_stylesheets
from app.models.messages.notification import KINDS
from app.services.messages.notifications import SECURITY_EVENTS
from app.web.times import MOMENT_LOCALES, generated_scripts

TEMPLATES = config.ROOT / "app" / "templates"
STATIC = config.ROOT / "app" / "static"
PAGES = sorted(TEMPLATES.rglob("*.html"))
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
BEHAVIORS = {path.stem for path in (STATIC / "js" / "behaviors").glob("*.js")}
STYLES = sorted((STATIC / "css").rglob("*.css"))
ASSETS_MAX_BYTES = 80_000
# Cleaned when it was stored or written: the only HTML that is not escaped.
SAFE = {
    "about_html | safe",
    "copy.html | safe",
    "message.html | safe",
    "one.html | safe",
    "post.html | safe",
    "preview | safe",
    "preview_html | safe",
    "revision.html | safe",
    "shown.html | safe",
    "written.html | safe",
}


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def unpacked(folder: Path, pattern: str) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.rglob(pattern)))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_only_cleaned_html_goes_out_unescaped(path: Path) -> None:
    text = path.read_text()
    assert set(re.findall(r"[\w.]+ \| safe\b", text)) <= SAFE
    assert not re.search(r"\|safe|autoescape|Markup", text)


@pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
def test_a_component_is_one_macro_of_its_own_name(path: Path) -> None:
    macros = re.findall(r"{%-? macro (\w+)\(", path.read_text())
    assert macros == [path.stem]


def test_every_component_is_used() -> None:
    imported = set(re.findall(r'from "components/(\w+)\.html"', unpacked(TEMPLATES, "*.html")))
    # Cards are kept, so Python renders them.
    code = (TEMPLATES.parent / "web" / "cards.py").read_text()
    imported |= set(re.findall(r'"components/(\w+)\.html"', code))
    assert imported == {path.stem for path in COMPONENTS}


def test_every_behavior_exists_and_is_used() -> None:
    text = unpacked(TEMPLATES, "*.html")
    named = re.findall(r'data-behavior(?:="|": ")([^"]+)"', text)
    # Some are connected by another one.
    scripts = unpacked(STATIC / "js" / "behaviors", "*.js")
    named += re.findall(r'from "\./([\w-]+)\.js"', scripts)
    assert {name for names in named for name in names.split()} == BEHAVIORS


@pytest.mark.parametrize("name", sorted(BEHAVIORS))
def test_a_behavior_connects_to_an_element(name: str) -> None:
    script = (STATIC / "js" / "behaviors" / f"{name}.js").read_text()
    assert len(re.findall(r"^export function connect\(\w+\)", script, re.MULTILINE)) == 1


def test_the_style_sheet_has_every_file_in_its_layer() -> None:
    text = join_stylesheets(STATIC).decode()
    assert text.startswith('@charset "UTF-8";\n@layer vendor, base, components, pages;\n')
    assert text.count("@charset") == 1
    for path in STYLES:
        own = expand_light_dark(path.read_text().strip())
        assert f"@layer {path.parent.name} {{\n{own}\n}}\n" in text, path.name
    order = [text.index(f"@layer {layer} {{") for layer in LAYERS]
    assert order == sorted(order)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_a_style_sheet_is_short_and_named_after_its_subject(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 180
    if path.parent.name == "components":
        templates = {component.stem.replace("_", "-") for component in COMPONENTS}
        assert path.stem in templates or f".{path.stem}" in text


def test_every_kind_of_notification_has_its_own_words() -> None:
    kinds = {*KINDS, *SECURITY_EVENTS} - {"security"}
    partials = {
        path.stem.removeprefix("_")
        for path in (TEMPLATES / "messages" / "notifications").glob("_*")
    }
    assert partials == kinds


def test_every_icon_is_in_the_sprite_and_used() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img" / "icons.svg").read_text()))
    text = unpacked(TEMPLATES, "*.html")
    assert all(f'"{icon}"' in text for icon in drawn)
    assert set(re.findall(r'\bicon\("([^"]+)"', text)) <= drawn


def test_each_color_is_decided_once_for_both_themes() -> None:
    text = (STATIC / "css" / "base" / "tokens.css").read_text()
    names = re.findall(r"^  (--[\w-]+): .*light-dark\(", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 10
    assert not any(re.search(r"prefers-color-scheme", path.read_text()) for path in STYLES)
    # Numbers of colors stand nowhere else.
    for path in STYLES:
        assert path.stem == "tokens" or not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(", path.read_text())


def test_styles_ask_no_other_host_and_hold_no_data() -> None:
    # What Bootstrap itself embeds stays unused: the pages avoid the classes that draw it.
    # Pictures of our own, next to the style sheet, are all that it may name.
    named = re.findall(r"url\([^)]*\)", unpacked(STATIC / "css", "*.css"))
    assert all(re.fullmatch(r'url\("\.\./img/[a-z/-]+\.svg"\)', one) for one in named), named
    assert not re.search(r"form-(check|select)", unpacked(TEMPLATES, "*.html"))


def test_styles_and_scripts_are_light(app: Flask) -> None:
    """What a browser loads at the first visit of all kinds of pages, in the largest language."""
    generated = generated_scripts(app)
    moment = STATIC / "vendor" / "moment-2.31.0"
    own = [path.read_bytes() for path in [*(STATIC / "js").rglob("*.js"), moment / "moment.min.js"]]
    in_one_language = [
        packed((moment / f"{MOMENT_LOCALES.get(language, language)}.js").read_bytes())
        + packed(generated[f"js/flask-moment-{language}.js"])
        for language in ("es", "zh")
    ]
    always = [join_stylesheets(STATIC), *own]
    assert sum(map(packed, always)) + max(in_one_language) < ASSETS_MAX_BYTES


def packed(content: bytes) -> int:
    return len(gzip.compress(content))
