"""Names that no other test of the same server has used."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

_numbers = count(1)


@pytest.fixture
def own_name() -> Callable[[str], str]:
    """Makes a person's name one of a kind, since the live database is never emptied."""
    number = next(_numbers)
    return lambda name: f"{name}{number}"
