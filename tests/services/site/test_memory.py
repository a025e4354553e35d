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
    return Memory("numbers", lambda: next(reads), 0)


def test_a_value_is_read_once_for_each_version_of_the_settings(numbers: Memory[int]) -> None:
    assert [numbers.get(), numbers.get()] == [0, 0]
    for number in (1, 2):
        site_settings.count_change()
        db.session.commit()
        site_settings.refresh_now()
        assert [numbers.get(), numbers.get()] == [number, number]


def test_a_process_that_does_not_know_the_version_yet_reads_it(numbers: Memory[int]) -> None:
    site_settings.count_change()
    db.session.commit()
    assert numbers.get() == 1


def test_what_may_be_taken_back_is_not_remembered(numbers: Memory[int]) -> None:
    site_settings.count_change()
    assert [numbers.get(), numbers.get()] == [1, 2]
    db.session.rollback()
    assert [numbers.get(), numbers.get()] == [0, 0]
