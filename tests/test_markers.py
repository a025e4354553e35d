"""The markers by which `make test-fast` chooses: they say the truth about who starts programs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def test_a_test_without_a_marker_cannot_start_a_program() -> None:
    with pytest.raises(pytest.fail.Exception, match="is not marked"):
        subprocess.run([sys.executable, "-c", ""], check=True)
    with pytest.raises(pytest.fail.Exception, match="is not marked"):
        os.system("true")  # noqa: S605


@pytest.mark.server
def test_a_test_with_a_marker_can() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def test_a_fixture_that_starts_a_program_marks_its_tests(request: pytest.FixtureRequest) -> None:
    items = [item for item in request.session.items if "postgresql" in item.fixturenames]
    assert all(item.get_closest_marker("server") for item in items)
