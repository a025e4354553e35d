"""Paths of charts, and the scales that they are drawn on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib import charts
from app.lib.charts import Scale


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 2), (1, 2), (2, 2), (7, 8), (9, 10), (11, 20), (148, 200), (270, 300), (601, 800)],
)
def test_the_top_of_an_axis_reads_well(value: int, top: int) -> None:
    assert charts.round_up(value) == top


def test_a_scale_begins_at_zero_or_where_changes_are_seen() -> None:
    assert charts.scale_from_zero([]) == charts.scale_from_zero([None, 0]) == Scale(0, 2)
    assert charts.scale_from_zero([90, 148]) == Scale(0, 200)
    assert charts.scale_around([455, 486]) == Scale(440, 500)
    assert charts.scale_around([1, 486]) == Scale(0, 500)
    assert charts.scale_around([None]) == Scale(0, 2)


@given(st.lists(st.none() | st.integers(0, 10**12), max_size=90))
def test_every_value_fits_on_its_scale(values: list[int | None]) -> None:
    for scale in (charts.scale_from_zero(values), charts.scale_around(values)):
        assert scale.low < scale.high
        assert all(0 <= scale.height(value) <= 100 for value in values if value is not None)
        charts.line(values, scale), charts.area(values, scale), charts.bars(values, scale)


def test_paths_leave_gaps_where_nothing_was_counted() -> None:
    scale = Scale(0, 10)
    assert charts.line([None, 5, 10, None, 0], scale) == "M1 50.0L2 0.0M4 100.0L4 100.0"
    assert charts.area([5, 10], scale) == "M0 50.0L1 0.0L1 100L0 100z"
    assert charts.bars([0, None, 5], scale) == "M2.12 100v-50.0h0.76v50.0z"
    assert charts.line([None], scale) == charts.area([], scale) == charts.bars([0], scale) == ""
