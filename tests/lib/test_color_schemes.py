"""Colors for both schemes, in style sheets that older browsers understand."""

import pytest

import config
from app.lib.color_schemes import expand_light_dark
from app.lib.stylesheets import join_stylesheets

SOURCE = """
:root {
  color-scheme: light dark;
  --ink: light-dark(#211f1b, #ebe7dd);
  --gap: 1rem;
  --raised: 0 1px 2px light-dark(rgb(33 31 27 / 6%), transparent);
}
p { color: var(--ink); }
"""


def test_each_scheme_gets_its_own_values() -> None:
    css = " ".join(expand_light_dark(SOURCE).split())
    light, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    assert "--ink: #211f1b; --gap: 1rem; --raised: 0 1px 2px rgb(33 31 27 / 6%);" in light
    dark = "{ --ink: #ebe7dd; --raised: 0 1px 2px transparent; }"
    assert f':root:not([data-bs-theme="light"]) {dark}' in rest
    assert f'[data-bs-theme="dark"] {dark} p {{ color: var(--ink); }}' in rest


def test_what_has_one_color_for_both_stays_as_it_is() -> None:
    assert expand_light_dark("p { color: red; }") == "p { color: red; }"


def test_a_function_that_never_ends_is_an_error() -> None:
    with pytest.raises(ValueError, match="without an end"):
        expand_light_dark(":root { --ink: light-dark(red, blue; }")


def test_the_joined_style_sheet_needs_no_new_function() -> None:
    css = join_stylesheets(config.ROOT / "app" / "static").decode()
    assert "light-dark(" not in css
    assert css.count("--paper: #171612") == 2
