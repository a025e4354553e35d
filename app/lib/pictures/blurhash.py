"""BlurHash: a picture of a few waves of color in some thirty characters, for apps.

The format is at https://github.com/woltapp/blurhash/blob/master/Algorithm.md. A package for it
would be no shorter than this: it wants the pixels as nested lists in linear light.
"""

from __future__ import annotations

from math import cos, pi

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"

Color = tuple[float, float, float]


def encode(pixels: list[tuple[int, int, int]], width: int, waves: tuple[int, int]) -> str:
    """The hash of a small picture, row by row, with `waves` across and down (1 to 9 each)."""
    across, down = waves
    height = len(pixels) // width
    linear = [(_LINEAR[red], _LINEAR[green], _LINEAR[blue]) for red, green, blue in pixels]
    columns = [[cos(pi * i * x / width) for x in range(width)] for i in range(across)]
    rows = [[cos(pi * j * y / height) for y in range(height)] for j in range(down)]
    average, *others = [
        _factor(linear, column, row, 2 if i or j else 1)
        for j, row in enumerate(rows)
        for i, column in enumerate(columns)
    ]
    strongest = max((abs(part) for factor in others for part in factor), default=0.0)
    scale = max(0, min(82, int(strongest * 166 - 0.5))) if others else 0
    digits = [_base83(across - 1 + (down - 1) * 9, 1), _base83(scale, 1)]
    red, green, blue = map(_to_srgb, average)
    digits.append(_base83((red << 16) + (green << 8) + blue, 4))
    digits += [_base83(_quantized(factor, (scale + 1) / 166), 2) for factor in others]
    return "".join(digits)


def _factor(linear: list[Color], column: list[float], row: list[float], weight: int) -> Color:
    """How much of one wave is in the picture."""
    red = green = blue = 0.0
    weights = (across * down for down in row for across in column)
    for (r, g, b), share in zip(linear, weights, strict=True):
        red += share * r
        green += share * g
        blue += share * b
    scale = weight / len(linear)
    return red * scale, green * scale, blue * scale


def _quantized(factor: Color, strongest: float) -> int:
    number = 0
    for part in factor:
        share = abs(part / strongest) ** 0.5 * (1 if part >= 0 else -1)
        number = number * 19 + max(0, min(18, int(share * 9 + 9.5)))
    return number


def _base83(number: int, length: int) -> str:
    return "".join(DIGITS[number // 83**place % 83] for place in reversed(range(length)))


def _to_linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _to_srgb(value: float) -> int:
    share = max(0.0, min(1.0, value))
    share = share * 12.92 if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055
    return int(share * 255 + 0.5)


_LINEAR = [_to_linear(value) for value in range(256)]
