"""What a name or a tag could become, straight from the service."""

from __future__ import annotations

import pytest

from app.services.posts import completions


@pytest.mark.parametrize("start", ["", " ", "\u200b", "@"])
def test_nothing_starts_with_nothing(ana, ben, start):
    assert list(completions.people(ana, start)) == []
    assert completions.tags_starting(ana, start) == []


def test_an_accent_does_not_matter(ana, ben):
    ben.display_name = "Íñigo"
    assert list(completions.people(ana, "ini")) == [ben] == list(completions.people(ana, "ÍÑ"))
