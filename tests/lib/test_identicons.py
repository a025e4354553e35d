"""The picture of people without one."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from app.lib.identicons import identicon


def squares(svg):
    path = ET.fromstring(svg)[1].get("d")
    return {tuple(map(int, square.split("h")[0].split())) for square in path.split("M")[1:]}


def test_a_seed_always_gives_the_same_picture():
    assert identicon("ana") == identicon("ana")
    assert len({identicon(str(seed)) for seed in range(300)}) > 295


@given(st.text())
def test_a_picture_is_small_mirrored_and_calm(seed):
    svg = identicon(seed)
    lit = squares(svg)
    assert len(svg) < 1000
    assert "style" not in svg
    assert lit == {(4 - column, row) for column, row in lit}
    assert 6 <= len(lit) <= 18
