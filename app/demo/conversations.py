"""Sample conversations: who writes to whom, what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.demo import texts
from app.demo.messages import DemoMessage
from app.demo.network import DemoNetwork

WINDOW = timedelta(days=90)
# How many conversations are started by sample people, and, at random, by everybody else.
SAMPLE, OTHERS = 10, (0, 0, 1, 1, 2)
# The number of exchanges per conversation, at random; a long one fills more than a page.
USUAL, LONG = (1, 1, 2, 3), 12


def messages_of(network: DemoNetwork, samples: int) -> list[DemoMessage]:
    """All messages, oldest first. The first `samples` people write most."""
    met: set[frozenset[int]] = set()
    messages: list[DemoMessage] = []
    for person in range(len(network.spoken)):
        count = SAMPLE if person < samples else network.rng.choice(OTHERS)
        others = dict.fromkeys(network.neighbors_of(person, count * 4))
        others.pop(person, None)
        for place, other in enumerate(list(others)[:count]):
            pair = frozenset((person, other))
            if pair not in met:
                met.add(pair)
                messages += _conversation(network, person, other, place / count)
    return sorted(messages, key=lambda message: message.written_at)


def _conversation(
    network: DemoNetwork, person: int, other: int, age: float
) -> Iterator[DemoMessage]:
    """The messages of two people. `age`, from 0 to 1, says how long ago it started."""
    rng, language = network.rng, network.language_of(person)
    at = network.now - WINDOW * (age + 0.1 * rng.random()) ** 3 - timedelta(minutes=1)
    speakers = [other, person] if rng.random() < 0.5 or not age else [person, other]
    count = LONG if age > 0.85 else rng.choice(USUAL)
    for exchange in texts.make_exchanges(rng, language, count):
        for number, body in enumerate(exchange):
            # The newest conversation waits for a reply.
            if at > network.now or (number and not age):
                return
            sender, recipient = (network.ids[speakers[(number + n) % 2]] for n in (0, 1))
            yield DemoMessage(sender, recipient, body, at)
            at += timedelta(seconds=rng.randint(40, 5_000))
        at += timedelta(minutes=rng.randint(300, 7_000))
