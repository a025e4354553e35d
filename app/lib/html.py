"""Safe HTML from user text, plain or Markdown."""

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

import nh3

from app.lib.entities import Entity, EntityKind, find_entities
from app.lib.markdown import Linker, MarkdownText
from app.lib.text import clean, normalize

_REL = "nofollow noopener ugc"
_LINK_TEXT_MAX = 40
# nh3 puts the rel on every link. Links to people and tags are internal, so they lose it.
_INNER_LINK = re.compile(rf'(<a class="(?:mention|tag)" href="/[^"]*") rel="{_REL}">')
_CLEANER = nh3.Cleaner(
    tags={
        "a",
        "blockquote",
        "br",
        "code",
        "em",
        "h3",
        "h4",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "ul",
    },
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    allowed_classes={"a": {"mention", "tag"}},
    url_schemes={"http", "https", "mailto"},
    link_rel=_REL,
    url_relative=lambda path: path if path.startswith(("/user/", "/tag/")) else None,
)


class ParsedText:
    """User text, parsed once: as Markdown, or as plain text with links."""

    def __init__(self, text: str, *, is_markdown: bool = False) -> None:
        self._markdown = MarkdownText(clean(text)) if is_markdown else None
        self._plain = "" if is_markdown else normalize(text)
        entities = find_entities(self._plain) if self._markdown is None else self._markdown.entities
        self._entities = tuple(entities)

    @property
    def mentions(self) -> list[str]:
        """The lowercase usernames that are mentioned, in order, without duplicates.

        In Markdown those in code and in the text of a link do not count.
        """
        return self._values(EntityKind.MENTION)

    @property
    def tags(self) -> list[str]:
        """The keys of the tags, in order, without duplicates; in Markdown as for `mentions`."""
        return self._values(EntityKind.TAG)

    @property
    def visible_text(self) -> str:
        """The visible text, for excerpts, search and language detection."""
        return self._plain if self._markdown is None else normalize(self._markdown.visible_text)

    def html(self, people: Mapping[str, str]) -> str:
        """Safe HTML; `people` maps the lowercase names that exist to the current usernames.

        Plain text becomes paragraphs with line breaks; in Markdown, headings become h3 and h4, and
        images become links.
        """
        link = _linker(people)
        if self._markdown is not None:
            return _cleaned(self._markdown.render(link))
        paragraphs = self._linked(link).split("\n\n")
        return _cleaned("\n".join(f"<p>{_with_breaks(part)}</p>" for part in paragraphs if part))

    def _values(self, kind: EntityKind) -> list[str]:
        values = (entity.value for entity in self._entities if entity.kind is kind)
        return list(dict.fromkeys(values))

    def _linked(self, link: Linker) -> str:
        text, html, end = self._plain, [], 0
        for entity in self._entities:
            shown = text[entity.start : entity.end]
            html += [escape(text[end : entity.start]), link(entity, shown)]
            end = entity.end
        html.append(escape(text[end:]))
        return "".join(html)


def readable_text(title: str | None, body: str) -> str:
    """Return the visible text of a post: with a title its body is Markdown."""
    if not title:
        return body
    return f"{title}\n\n{ParsedText(body, is_markdown=True).visible_text}"


def _cleaned(html: str) -> str:
    return _INNER_LINK.sub(r"\1>", _CLEANER.clean(html)).strip()


def _with_breaks(paragraph: str) -> str:
    return paragraph.replace("\n", "<br>\n")


def _linker(people: Mapping[str, str]) -> Linker:
    """Return a function that renders an entity, shown as it was written, as HTML."""

    def link(entity: Entity, shown: str) -> str:
        if entity.kind is EntityKind.LINK:
            return f'<a href="{escape(entity.value)}">{escape(_shorten(shown))}</a>'
        if entity.kind is EntityKind.TAG:
            return f'<a class="tag" href="/tag/{quote(entity.value, safe="")}">{escape(shown)}</a>'
        if entity.value in people:
            path = f"/user/{quote(people[entity.value], safe='')}"
            return f'<a class="mention" href="{path}">{escape(shown)}</a>'
        return escape(shown)

    return link


def _shorten(url: str) -> str:
    bare = re.sub(r"^https?://", "", url, flags=re.IGNORECASE)
    # A slash after just the host is noise.
    bare = bare[:-1] if bare.endswith("/") and bare.count("/") == 1 else bare
    return bare if len(bare) <= _LINK_TEXT_MAX else bare[: _LINK_TEXT_MAX - 1] + "…"
