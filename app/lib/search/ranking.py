"""Scoring matches, and locating them in a text."""

from collections.abc import Iterable, Iterator

from app.lib.search.documents import name_start
from app.lib.search.folding import words_at

# More than any number of words in the rest of a text.
NAME_SCORE, NAME_START_SCORE = 6.0, 3.0


def score(text: str, terms: Iterable[str]) -> float:
    """Score folded `text`: matches count more if frequent, early and in a short text."""
    # Two spaces between words, so that neighbors do not share one.
    padded = f" {text.replace(' ', '  ')} "
    size = 1 + padded.count("  ") / 25
    total = 0.0
    for term in terms:
        part = f" {term.replace(' ', '  ')} "
        hits = padded.count(part)
        first = max(padded.find(part), 0)
        total += 2 * hits / (hits + size) + 1 / (1 + first / 20)
    return total


def score_person(text: str, terms: Iterable[str]) -> float:
    """Score the folded `text` of a person: names count more than words, and most if complete."""
    padded = f" {text} "
    total = 0.0
    for term in terms:
        start = name_start(term)
        if f" {term} " in padded:
            total += score(text, [term])
        if f" {start} " in padded:
            total += NAME_SCORE
        elif f" {start}" in padded:
            total += NAME_START_SCORE
    return total


def matches(text: str, terms: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each folded term in `text`, in order, without overlap."""
    phrases = sorted((term.split() for term in terms), key=len, reverse=True)
    words = list(words_at(text))
    index = 0
    while index < len(words):
        for phrase in phrases:
            if [word for word, _, _ in words[index : index + len(phrase)]] == phrase and phrase:
                yield words[index][1], words[index + len(phrase) - 1][2]
                index += len(phrase)
                break
        else:
            index += 1
