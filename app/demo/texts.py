"""Names and texts of sample people, generated from texts.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from app.lib.usernames import username_key, username_problem

Words = Mapping[str, list[str]]

SOURCE = Path(__file__).with_suffix(".toml")
SLOT = re.compile(r"\{([\w-]+)\}")
SENTENCE_STARTS = (". ", "! ", "? ", "\n")
USERNAME_SHAPES = (
    "{given}",
    "{given}.{family}",
    "{given}_{family}",
    "{given}{family}",
    "{family}.{given}",
    "{initial}{family}",
    "{given}-{family}",
    "{Given}{Family}",
    "{given}{number}",
    "{given}.{family}{number}",
)
EMOJI_CHANCE = TAG_CHANCE = 0.22
PARAGRAPH_CHANCE = 0.08
# Room reserved for an emoji and two tags.
ORNAMENTS_MAX = 45


@dataclass(frozen=True)
class Topic:
    """A subject of posts: opening sentences, follow-ups, bios and tags."""

    says: list[str]
    adds: list[str]
    bios: list[str]
    tags: list[str]
    emoji: list[str]
    words: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Article:
    """A titled post in Markdown."""

    title: str
    body: str
    words: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Language:
    """A language: its names and sentences. `share` is the weight of its speakers."""

    code: str
    share: int
    zones: list[str]
    given: list[str]
    family: list[str]
    jobs: list[str]
    openers: list[str]
    closers: list[str]
    calls: list[str]
    links: list[str]
    edits: list[str]
    notes: list[str]
    replies: list[str]
    exchanges: list[list[str]]
    slugs: list[str]
    words: Words
    topics: list[Topic]
    articles: list[Article]
    contractions: Mapping[str, str] = field(default_factory=dict)
    joiner: str = " "
    name_joiner: str = " "
    family_first: bool = False


@dataclass(frozen=True)
class Name:
    """A person's names as written, and romanized for usernames."""

    given: str
    full: str
    roman_given: str
    roman_family: str


def load() -> list[Language]:
    """All languages, most speakers first."""
    sections = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    languages = [_language(code, section) for code, section in sections.items()]
    return sorted(languages, key=lambda language: -language.share)


def _language(code: str, section: dict[str, Any]) -> Language:
    topics = [Topic(**topic) for topic in section.pop("topics")]
    articles = [Article(**article) for article in section.pop("articles")]
    return Language(code=code, topics=topics, articles=articles, **section)


def make_name(rng: Random, language: Language) -> Name:
    given, _, roman_given = rng.choice(language.given).partition(" ")
    family, _, roman_family = rng.choice(language.family).partition(" ")
    order = (family, given) if language.family_first else (given, family)
    full = language.name_joiner.join(order)
    return Name(given, full, roman_given or _roman(given), roman_family or _roman(family))


def _roman(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ı", "i"))
    return decomposed.encode("ascii", "ignore").decode().lower()


def make_username(rng: Random, name: Name, taken: set[str]) -> str:
    """A free username, which is added to `taken`."""
    parts = {
        "given": name.roman_given,
        "family": name.roman_family,
        "Given": name.roman_given.title(),
        "Family": name.roman_family.title(),
        "initial": name.roman_given[0],
    }
    shape, limit = rng.choice(USERNAME_SHAPES), 100
    while True:
        username = shape.format(number=rng.randrange(limit // 10, limit), **parts)
        key = username_key(username)
        if key not in taken and username_problem(username) is None:
            taken.add(key)
            return username
        shape, limit = "{given}.{family}{number}", min(limit * 10, 10**9)


def make_display_name(rng: Random, name: Name, emoji: str) -> str:
    """Mostly the full name; sometimes empty, as if never set."""
    forms = (name.full, name.given, f"{name.full} {emoji}", name.given.lower(), "")
    return rng.choices(forms, (70, 14, 7, 4, 5))[0]


def make_bio(rng: Random, language: Language, topic: Topic) -> str:
    if rng.random() < 0.15:
        return ""
    parts = [rng.choice(topic.bios), rng.choice(language.jobs)]
    rng.shuffle(parts)
    bio = language.joiner.join(filter(None, parts))
    return f"{bio} {rng.choice(topic.emoji)}" if rng.random() < EMOJI_CHANCE else bio


def make_text(
    rng: Random, language: Language, topic: Topic, mention: str | None, limit: int
) -> str:
    """A short plain-text post of up to about `limit` characters, to `mention` if given."""
    words = _all_words(rng, language, topic.words, mention)
    body = fill(rng, language, rng.choice(topic.says), words)
    if rng.random() < 0.2:
        body = language.joiner.join(
            (fill(rng, language, rng.choice(language.openers), words), body)
        )
    tails = ((0.55, topic.adds), (0.14, language.closers), (0.08, language.links))
    more = [phrases for chance, phrases in tails if rng.random() < chance]
    for phrases in [*more, language.calls] if mention else more:
        joiner = "\n\n" if rng.random() < PARAGRAPH_CHANCE else language.joiner
        longer = body + joiner + fill(rng, language, rng.choice(phrases), words)
        if len(longer) <= limit - ORNAMENTS_MAX:
            body = longer
    return body + _ornaments(rng, topic)


def make_greeting(rng: Random, language: Language, topic: Topic, mention: str, limit: int) -> str:
    """A post of up to `limit` characters that is sure to mention somebody."""
    words = _all_words(rng, language, topic.words, mention)
    says = fill(rng, language, rng.choice(topic.says), words)
    call = fill(rng, language, rng.choice(language.calls), words)
    longer = language.joiner.join((says, call))
    return longer if len(longer) <= limit else call


def make_reply(rng: Random, language: Language, limit: int) -> str:
    """What people reply to anything, in up to `limit` characters."""
    reply = fill(rng, language, rng.choice(language.replies), language.words)
    return reply if len(reply) <= limit else reply[:limit].rstrip()


def make_article(rng: Random, language: Language, limit: int) -> tuple[str, str] | None:
    """The title and Markdown of a longer post; None if it exceeds `limit`."""
    article = rng.choice(language.articles)
    words = _all_words(rng, language, article.words, None)
    title = fill(rng, language, article.title, words)
    body = fill(rng, language, article.body, words).strip()
    return (title, body) if len(body) <= limit else None


def make_exchanges(rng: Random, language: Language, count: int) -> list[list[str]]:
    """Up to `count` different exchanges: short messages of two people, in turn."""
    chosen = rng.sample(language.exchanges, min(count, len(language.exchanges)))
    return [fill(rng, language, "\n".join(one), language.words).split("\n") for one in chosen]


def make_correction(rng: Random, language: Language, body: str) -> tuple[str, str]:
    """The body of a post before and after its author corrected it."""
    if rng.random() < 0.5:
        words = _all_words(rng, language, {}, None)
        return body, f"{body}\n\n{fill(rng, language, rng.choice(language.edits), words)}"
    lost = rng.choice([index for index, char in enumerate(body) if char.isalpha()])
    return body[:lost] + body[lost + 1 :], body


def fill(rng: Random, language: Language, text: str, words: Words) -> str:
    """`text` with each slot filled by a word, without repetition if there are enough."""
    used: set[str] = set()

    def chosen(slot: re.Match[str]) -> str:
        if slot[1] not in words:
            minimum, _, maximum = slot[1].partition("-")
            return str(rng.randint(int(minimum), int(maximum)))
        unused = [word for word in words[slot[1]] if word not in used]
        word = rng.choice(unused or words[slot[1]])
        used.add(word)
        before = text[: slot.start()]
        is_first = not before or before.endswith(SENTENCE_STARTS)
        return word[:1].upper() + word[1:] if is_first else word

    filled = SLOT.sub(chosen, text)
    for pair, contracted in language.contractions.items():
        filled = re.sub(rf"\b{pair}\b", contracted, filled)
    return filled


def _all_words(rng: Random, language: Language, words: Words, mention: str | None) -> Words:
    link = f"https://example.org/{rng.choice(language.slugs)}/{rng.randint(1, 99)}"
    return {**language.words, **words, "mention": [f"@{mention}"], "link": [link]}


def _ornaments(rng: Random, topic: Topic) -> str:
    parts = [rng.choice(topic.emoji)] if rng.random() < EMOJI_CHANCE else []
    if rng.random() < TAG_CHANCE:
        parts += [f"#{tag}" for tag in rng.sample(topic.tags, rng.choice((1, 1, 2)))]
    return "".join(f" {part}" for part in parts)
