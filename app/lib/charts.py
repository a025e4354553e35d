"""Charts as paths of SVG: a step wide for each value, a hundred high; missing values leave gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
# Each bar fills three quarters of its step.
BAR_WIDTH, BAR_MARGIN = 0.76, 0.12
ROUND = (1, 2, 3, 4, 5, 6, 8, 10)
# Two lines of a grid need a whole number between them.
TOP_MIN = 2
Values = Sequence[int | None]


@dataclass(frozen=True)
class Scale:
    """The values at the bottom and at the top."""

    low: int
    high: int

    def height(self, value: int) -> float:
        return HEIGHT * (value - self.low) / (self.high - self.low)

    def y(self, value: int) -> str:
        return f"{HEIGHT - self.height(value):.1f}"


def round_up(value: int) -> int:
    """The next number that reads well on an axis: 148 becomes 200."""
    power = 1
    while value > 10 * power:
        power *= 10
    return max(TOP_MIN, next(step * power for step in ROUND if step * power >= value))


def scale_from_zero(values: Values) -> Scale:
    return Scale(0, round_up(max((v for v in values if v is not None), default=0)))


def scale_around(values: Values) -> Scale:
    """A scale that begins near the smallest value, where otherwise changes would not be seen."""
    known = [value for value in values if value is not None]
    if not known or min(known) < max(known) / 2:
        return scale_from_zero(values)
    step = max(1, round_up(max(known) - min(known)) // 2)
    low = (min(known) - 1) // step * step
    high = -(-(max(known) + 1) // step) * step
    return Scale(max(0, low), high)


def line(values: Values, scale: Scale) -> str:
    """A path from value to value; a single one between gaps is a dot."""
    parts = []
    for run in _runs(values):
        points = [f"{x} {scale.y(y)}" for x, y in run]
        parts.append("M" + "L".join(points if len(points) > 1 else points * 2))
    return "".join(parts)


def area(values: Values, scale: Scale) -> str:
    """What lies below that line."""
    parts = []
    for run in _runs(values):
        points = "L".join(f"{x} {scale.y(y)}" for x, y in run)
        parts.append(f"M{points}L{run[-1][0]} {HEIGHT}L{run[0][0]} {HEIGHT}z")
    return "".join(parts)


def bars(values: Values, scale: Scale) -> str:
    """A bar for each value that is not zero."""
    return "".join(
        f"M{x + BAR_MARGIN:g} {HEIGHT}v-{scale.height(y):.1f}h{BAR_WIDTH}v{scale.height(y):.1f}z"
        for x, y in enumerate(values)
        if y
    )


def _runs(values: Values) -> list[list[tuple[int, int]]]:
    """The values with their places, without the gaps."""
    runs: list[list[tuple[int, int]]] = [[]]
    for x, y in enumerate(values):
        if y is not None:
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
