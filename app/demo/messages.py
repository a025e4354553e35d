"""Who of the made-up people writes to whom, what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from app.demo import texts
from app.demo.rows import Line

if TYPE_CHECKING:
    from app.demo.commands import Town

WINDOW = timedelta(days=90)
# With how many people one begins to write: those to sign in as, and, by lot, everybody else.
SAMPLE, OTHERS = 10, (0, 0, 1, 1, 2)
# How often the two go back to it, by lot; one conversation fills more than a page.
USUAL, LONG = (1, 1, 2, 3), 12


def messages_of(town: Town, samples: int) -> list[Line]:
    """All messages, oldest first. The first `samples` people write most."""
    met: set[frozenset[int]] = set()
    lines: list[Line] = []
    for person in range(len(town.spoken)):
        count = SAMPLE if person < samples else town.rng.choice(OTHERS)
        others = dict.fromkeys(town.neighbours_of(person, count * 4))
        others.pop(person, None)
        for place, other in enumerate(list(others)[:count]):
            pair = frozenset((person, other))
            if pair not in met:
                met.add(pair)
                lines += _conversation(town, person, other, place / count)
    return sorted(lines, key=lambda line: line.written_at)


def _conversation(town: Town, person: int, other: int, age: float) -> Iterator[Line]:
    """What two people wrote. `age` says how long ago it began, from 0 to 1."""
    rng, tongue = town.rng, town.tongue_of(person)
    moment = town.now - WINDOW * (age + 0.1 * rng.random()) ** 3 - timedelta(minutes=1)
    speakers = [other, person] if rng.random() < 0.5 or not age else [person, other]
    most = LONG if age > 0.85 else rng.choice(USUAL)
    for exchange in texts.make_exchanges(rng, tongue, most):
        for number, body in enumerate(exchange):
            # The newest conversation waits for its answer.
            if moment > town.now or (number and not age):
                return
            sender, recipient = (town.ids[speakers[(number + n) % 2]] for n in (0, 1))
            yield Line(sender, recipient, body, moment)
            moment += timedelta(seconds=rng.randint(40, 5_000))
        moment += timedelta(minutes=rng.randint(300, 7_000))
