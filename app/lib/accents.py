"""The colors that hang on the accent of a site, readable in both themes.

Text needs a contrast of 4.5 to what is behind it (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache
from typing import NamedTuple

CONTRAST_MIN = 4.5
# What the accent stands on, by theme: the page and what lies on it, as in tokens.css.
LIGHT_GROUNDS = ("#faf9f5", "#ffffff")
DARK_GROUNDS = ("#171612", "#201f1b")
WHITE, BLACK = "#ffffff", "#000000"
# On a dark page bright colors are clearer than the least that is readable.
DARK_CONTRAST = 7.0
STEPS = 100
# How much of the accent tints the ground of what is chosen.
LIGHT_TINT, DARK_TINT = 0.11, 0.15
# Bright colors glare on a dark page; and how light the text on them is.
DARK_SATURATION, TEXT_LIGHTNESS = 0.75, 0.09

_COLOR = re.compile("#[0-9a-f]{6}", re.IGNORECASE)


class Scheme(NamedTuple):
    """The accent in one theme, text on it, and the ground of what is chosen."""

    accent: str
    on_accent: str
    soft: str


def is_color(text: str) -> bool:
    """Whether `text` is a color such as `#17603f`."""
    return _COLOR.fullmatch(text) is not None


def contrast(first: str, second: str) -> float:
    """How much two colors differ, from 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(color: str, other: str, share: float) -> str:
    """`color` with a `share` of `other` in it, from 0 to 1."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lowest_contrast(color: str) -> float:
    """The contrast of `color` in the light theme, where it is lowest."""
    scheme = _light(color)
    return min(contrast(color, ground) for ground in (*LIGHT_GROUNDS, scheme.soft))


def nearest(color: str) -> str:
    """`color`, or the least darkened one like it that can be read in the light theme."""
    shades = (mix(color, BLACK, step / STEPS) for step in range(STEPS + 1))
    return next(shade for shade in shades if lowest_contrast(shade) >= CONTRAST_MIN)


def light(color: str) -> Scheme:
    """The scheme of the light theme, for any color."""
    return _light(nearest(color))


def dark(color: str) -> Scheme:
    """The scheme of the dark theme: the same color, as bright as it has to be."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in _channels(color)))
    saturation *= DARK_SATURATION
    on_accent = _from_hls(hue, TEXT_LIGHTNESS, saturation)
    steps = (lightness + (1 - lightness) * step / STEPS for step in range(STEPS + 1))
    shades = (_dark(_from_hls(hue, step, saturation), on_accent) for step in steps)
    return next(shade for shade in shades if _is_readable_in_the_dark(shade))


@lru_cache(maxsize=8)
def style_sheet(color: str) -> str:
    """The custom properties that a style sheet sets after tokens.css, in its layer."""
    bright, dim = _properties(light(color)), _properties(dark(color))
    return (
        "@layer base {\n"
        f":root {{ {bright} }}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f':root:not([data-bs-theme="light"]) {{ {dim} }}\n'
        "}\n"
        f'[data-bs-theme="dark"] {{ {dim} }}\n'
        "}\n"
    )


def _light(color: str) -> Scheme:
    return Scheme(color.lower(), WHITE, mix(LIGHT_GROUNDS[1], color, LIGHT_TINT))


def _dark(color: str, on_accent: str) -> Scheme:
    return Scheme(color, on_accent, mix(DARK_GROUNDS[0], color, DARK_TINT))


def _from_hls(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(p * 255):02x}" for p in hls_to_rgb(hue, lightness, saturation))


def _is_readable_in_the_dark(scheme: Scheme) -> bool:
    grounds = [*DARK_GROUNDS, scheme.on_accent]
    is_bright = all(contrast(scheme.accent, ground) >= DARK_CONTRAST for ground in grounds)
    return is_bright and contrast(scheme.accent, scheme.soft) >= CONTRAST_MIN


def _properties(scheme: Scheme) -> str:
    accent, on_accent, soft = scheme
    return f"--accent: {accent}; --on-accent: {on_accent}; --accent-soft: {soft};"


def _channels(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
