"""`make bench`: a line for every page, and a comparison with what was saved."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import in_process, served, sites

pytestmark = [pytest.mark.slow, pytest.mark.server]


def test_every_page_is_measured_and_compared_with_a_saved_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sites.SIZES, "small", (20, 60))
    monkeypatch.setattr(in_process, "REQUESTS", 3)
    monkeypatch.setattr(served, "REQUESTS", 40)
    saved = tmp_path / "before.json"
    monkeypatch.setattr(sys, "argv", ["bench", "--save", str(saved)])
    bench.main()
    lines = capsys.readouterr().out.splitlines()
    rows = json.loads(saved.read_text())
    assert [line[:18].strip() for line in lines[1:]] == list(rows)
    for name, row in rows.items():
        assert set(row) == set(bench.COLUMNS), name
        assert row["milliseconds"] > 0 and row["served"] > 0 and row["calls"] > 1000, name
    assert rows["home"]["statements"] > 0 == rows["front page"]["statements"]
    before = {name: row | {"calls": row["calls"] / 2} for name, row in rows.items()}
    bench.print_table(rows, before)
    assert capsys.readouterr().out.count("x 2.00") == len(rows)
