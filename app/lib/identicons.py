"""Default avatars, drawn from a random seed."""

import colorsys
import hashlib

_SIDE = 5
_COLUMNS = 3  # the left half and the middle; the right half mirrors the left
# Green to red by way of blue and violet, and ocher: hues whose dark tones are not muddy.
_HUES = (8, 28, 44, 96, 140, 160, 178, 196, 212, 230, 262, 284, 312, 338)


def identicon(seed: str) -> str:
    """Return an SVG of under 1 kB: five by five mirrored squares, always the same for a seed."""
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    hue = _HUES[digest[0] % len(_HUES)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 8 8">'
        f'<path fill="{_color(hue, 0.88, 0.5)}" d="M0 0h8v8H0z"/>'
        f'<path fill="{_color(hue, 0.34, 0.5)}" shape-rendering="crispEdges" '
        f'transform="translate(1.5 1.5)" d="{_squares(digest)}"/></svg>'
    )


def _squares(digest: bytes) -> str:
    """Return the path of the lit squares; about half are lit, so no icon is empty or full."""
    cells = [(row, column) for row in range(_SIDE) for column in range(_COLUMNS)]
    ranked = sorted(range(len(cells)), key=lambda index: digest[2 + index])
    lit = {cells[index] for index in ranked[: 6 + digest[1] % 4]}
    return "".join(
        f"M{column} {row}h1v1h-1z"
        for row in range(_SIDE)
        for column in range(_SIDE)
        if (row, min(column, _SIDE - 1 - column)) in lit
    )


def _color(hue: int, lightness: float, saturation: float) -> str:
    channels = colorsys.hls_to_rgb(hue / 360, lightness, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
