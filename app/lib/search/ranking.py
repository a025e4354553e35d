"""How well a text matches, and where."""

from collections.abc import Iterable, Iterator

from app.lib.search.folding import words_at


def score(text: str, terms: Iterable[str]) -> float:
    """How well the folded `text` answers the `terms`: more often, earlier and in fewer words."""
    # Two spaces between words, so that neighbours share none.
    padded = f" {text.replace(' ', '  ')} "
    size = 1 + padded.count("  ") / 25
    total = 0.0
    for term in terms:
        part = f" {term.replace(' ', '  ')} "
        found = padded.count(part)
        first = max(padded.find(part), 0)
        total += 2 * found / (found + size) + 1 / (1 + first / 20)
    return total


def matches(text: str, terms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield where `text`, as it was written, has one of the folded `terms`: in order, apart."""
    wanted = sorted((term.split() for term in terms), key=len, reverse=True)
    words = list(words_at(text))
    place = 0
    while place < len(words):
        for term in wanted:
            if [word for word, _, _ in words[place : place + len(term)]] == term and term:
                yield words[place][1], words[place + len(term) - 1][2]
                place += len(term)
                break
        else:
            place += 1
