"""What a process remembers of rows that rarely change."""

from __future__ import annotations

from itertools import count

import pytest
from flask import Flask

from app import db
from app.services.site import site_settings
from app.services.site.memory import Memory


@pytest.fixture
def numbers(app: Flask) -> Memory[int]:
    reads = count(1)
    return Memory("numbers", lambda: next(reads))


def test_a_value_is_read_once_for_each_version_of_the_settings(numbers: Memory[int]) -> None:
    assert [numbers.get(), numbers.get()] == [1, 1]
    site_settings.count_change()
    db.session.commit()
    site_settings.refresh_now()
    assert [numbers.get(), numbers.get()] == [2, 2]


def test_what_may_be_taken_back_is_not_remembered(numbers: Memory[int]) -> None:
    site_settings.count_change()
    assert [numbers.get(), numbers.get()] == [1, 2]
    db.session.rollback()
    assert [numbers.get(), numbers.get()] == [3, 3]
