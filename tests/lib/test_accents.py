"""A color and what hangs on it can be read in both themes, whichever color it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from app.lib import accents
from app.lib.accents import CONTRAST_MIN, DARK_GROUNDS, LIGHT_GROUNDS, contrast

OWN = "#17603f"
COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ff0000", "#ff0000") == 1


def test_the_grounds_are_those_of_the_tokens() -> None:
    text = (config.ROOT / "app" / "static" / "css" / "base" / "tokens.css").read_text()
    found = re.findall(r"--(?:paper|surface): light-dark\((\S+), (\S+)\)", text)
    assert [light.replace("#fff)", "#ffffff") for light, _ in found] == ["#faf9f5", "#fff"]
    assert tuple(dark for _, dark in found) == DARK_GROUNDS


@given(color=COLORS)
def test_every_color_becomes_readable(color: str) -> None:
    light, dark = accents.light(color), accents.dark(color)
    for ground in (*LIGHT_GROUNDS, light.soft, light.on_accent):
        assert contrast(light.accent, ground) >= CONTRAST_MIN
    for ground in (*DARK_GROUNDS, dark.soft, dark.on_accent):
        assert contrast(dark.accent, ground) >= CONTRAST_MIN
    # Soft text and ordinary text stand on the tint too.
    assert contrast("#5f5a51", light.soft) >= CONTRAST_MIN
    assert contrast("#211f1b", light.soft) >= CONTRAST_MIN
    assert contrast("#aaa498", dark.soft) >= CONTRAST_MIN
    assert contrast("#ebe7dd", dark.soft) >= CONTRAST_MIN


def test_a_color_that_can_be_read_stays() -> None:
    assert accents.nearest(OWN) == OWN
    assert accents.light("#8A1C7C").accent == "#8a1c7c"
    assert accents.lowest_contrast("#ffd400") < CONTRAST_MIN
    darker = accents.nearest("#ffd400")
    assert accents.lowest_contrast(darker) == pytest.approx(CONTRAST_MIN, abs=0.1)


@pytest.mark.parametrize("text", ["", "17603f", "#17603", "#17603g", "#17603f;", "#17603f\n"])
def test_nothing_else_is_a_color(text: str) -> None:
    assert not accents.is_color(text)


def test_the_style_sheet_sets_each_color_once_per_theme() -> None:
    sheet = accents.style_sheet("#8a1c7c")
    assert sheet.count("--accent: #8a1c7c;") == 1
    assert sheet.count(f"--accent: {accents.dark('#8a1c7c').accent};") == 2
    assert sheet.count("--accent-soft:") == sheet.count("--on-accent:") == 3
