"""From the input of an author to the columns of a post: parsed once, before any transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.lib.html import ParsedText, parse_post
from app.lib.languages import detect_language
from app.lib.text import normalize, one_line


@dataclass(frozen=True)
class Composed:
    """A post as it will be stored, except for mentions, which need a lookup.

    With a title the body is Markdown; without one, a light form of it.
    """

    body: str
    title: str | None
    language: str | None
    parsed: ParsedText
    # What stands before it, and folds it away.
    note: str | None = None

    @property
    def text(self) -> str:
        """The visible text, the title first."""
        words = self.parsed.visible_text
        return f"{self.title}\n\n{words}" if self.title else words

    @property
    def tags(self) -> list[str]:
        return self.parsed.tags

    @property
    def mentions(self) -> list[str]:
        """The lowercase usernames that it mentions, in order."""
        return self.parsed.mentions

    def html(self, people: Mapping[str, str]) -> str:
        """Safe HTML; `people` maps the lowercase names that exist to the current usernames."""
        return self.parsed.html(people)


def compose_thread(
    bodies: Sequence[str],
    *,
    title: str = "",
    note: str = "",
    language: str | None = None,
    prior: str | None = None,
) -> list[Composed]:
    """Compose the posts of a thread, of which the first may have a title.

    A note stands before each. The language is detected for each unless the author has chosen one.
    """
    titles = [title, *[""] * (len(bodies) - 1)]
    if language is not None:
        return [
            compose_in(language, body, title=heading, note=note)
            for body, heading in zip(bodies, titles, strict=True)
        ]
    return [
        compose(body, title=heading, note=note, prior=prior)
        for body, heading in zip(bodies, titles, strict=True)
    ]


def compose(body: str, *, title: str = "", note: str = "", prior: str | None = None) -> Composed:
    """Compose a new post; its language is detected, with the author's own as `prior`."""
    composed = compose_in(None, body, title=title, note=note)
    return replace(composed, language=detect_language(composed.text, prior=prior))


def compose_in(
    language: str | None, body: str, *, title: str = "", note: str | None = ""
) -> Composed:
    """Compose a post in the language its author has chosen (None: undetermined)."""
    body, heading = normalize(body), one_line(title) or None
    parsed = parse_post(heading, body)
    return Composed(body, heading, language, parsed, one_line(note or "") or None)
