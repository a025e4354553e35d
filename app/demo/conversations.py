"""Who of the made-up people writes to whom, what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.demo import texts
from app.demo.messages import DemoMessage
from app.demo.network import DemoNetwork

WINDOW = timedelta(days=90)
# How many conversations the people to sign in as begin, and, at random, everybody else.
SAMPLE, OTHERS = 10, (0, 0, 1, 1, 2)
# How many exchanges a conversation has, at random; one fills more than a page.
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
    """What two people wrote. `age` says how long ago it began, from 0 to 1."""
    rng, language = network.rng, network.language_of(person)
    moment = network.now - WINDOW * (age + 0.1 * rng.random()) ** 3 - timedelta(minutes=1)
    speakers = [other, person] if rng.random() < 0.5 or not age else [person, other]
    most = LONG if age > 0.85 else rng.choice(USUAL)
    for exchange in texts.make_exchanges(rng, language, most):
        for number, body in enumerate(exchange):
            # The newest conversation waits for its answer.
            if moment > network.now or (number and not age):
                return
            sender, recipient = (network.ids[speakers[(number + n) % 2]] for n in (0, 1))
            yield DemoMessage(sender, recipient, body, moment)
            moment += timedelta(seconds=rng.randint(40, 5_000))
        moment += timedelta(minutes=rng.randint(300, 7_000))
