"""The people of one run of `flask demo`, and random selections of them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from random import Random

from app.demo.texts import Language


@dataclass
class DemoNetwork:
    """The people of one run, numbered from 0, and random selections of them."""

    rng: Random
    now: datetime
    languages: list[Language]
    spoken: list[int]
    popularity: list[float]
    ids: array[int] = field(default_factory=lambda: array("q"))
    usernames: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        everybody = range(len(self.spoken))
        self.total = list(accumulate(self.popularity))
        languages = range(len(self.languages))
        self.speakers = [[n for n in everybody if self.spoken[n] == code] for code in languages]
        self.totals = [list(accumulate(self.popularity[n] for n in s)) for s in self.speakers]

    def language_of(self, person: int) -> Language:
        return self.languages[self.spoken[person]]

    def neighbors_of(self, person: int, count: int) -> list[int]:
        """Random people who speak the same language, weighted by popularity."""
        spoken = self.spoken[person]
        return self.rng.choices(self.speakers[spoken], cum_weights=self.totals[spoken], k=count)

    def anybody(self, count: int) -> list[int]:
        return self.rng.choices(range(len(self.spoken)), cum_weights=self.total, k=count)
