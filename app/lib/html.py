"""Safe HTML from user text, plain or Markdown."""

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

import nh3
from markupsafe import Markup

from app.lib.entities import Entity, EntityKind, find_entities
from app.lib.markdown import Linker, MarkdownText, Rules
from app.lib.text import clean, normalize

_REL = "nofollow noopener ugc"
_SCHEME = re.compile(r"https?://(?=.)", re.IGNORECASE)
# nh3 puts the rel on every link. Links to people and tags are internal, so they lose it.
_INNER_LINK = re.compile(rf'(<a class="(?:mention|tag)" href="/[^"]*") rel="{_REL}">')
# What the cleaner refuses as an address leaves its words.
_NO_ADDRESS = re.compile(rf'<a(?: class="[^"]*")?(?: rel="{_REL}")?>(.*?)</a>', re.DOTALL)
_HEADING = re.compile("<(/?)h([34])>")
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
        "span",
        "strong",
        "ul",
    },
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    allowed_classes={"a": {"mention", "tag", "url"}, "span": {"url__scheme"}},
    url_schemes={"http", "https", "mailto"},
    link_rel=_REL,
    url_relative=lambda path: path if path.startswith(("/user/", "/tag/")) else None,
)


class ParsedText:
    """User text, parsed once: as Markdown by `rules`, or as plain text with links."""

    def __init__(self, text: str, rules: Rules | None = None) -> None:
        self._markdown = MarkdownText(clean(text), rules) if rules else None
        self._plain = "" if rules else normalize(text)
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


def page_html(body: str) -> str:
    """Safe HTML of a page of the site, in Markdown; below its title, headings are h2 and h3."""
    html = ParsedText(body, Rules.FULL).html({})
    # Whatever else looks like a tag is escaped.
    return _HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) - 1}>", html)


def parse_post(title: str | None, body: str) -> ParsedText:
    """Parse the body of a post: all of Markdown with a title, light without."""
    return ParsedText(body, Rules.FULL if title else Rules.LIGHT)


def readable_text(title: str | None, body: str) -> str:
    """Return the visible text of a post, its title first."""
    words = parse_post(title, body).visible_text
    return f"{title}\n\n{words}" if title else words


def words_of(html: str) -> str:
    """Return the visible words of safe `html` on one line."""
    return Markup(html).striptags()  # noqa: S704 (only to take the markup away)


def _cleaned(html: str) -> str:
    html = _NO_ADDRESS.sub(r"\1", _CLEANER.clean(html))
    return _INNER_LINK.sub(r"\1>", html).strip()


def _with_breaks(paragraph: str) -> str:
    return paragraph.replace("\n", "<br>\n")


def _linker(people: Mapping[str, str]) -> Linker:
    """Return a function that renders an entity, shown as it was written, as HTML."""

    def link(entity: Entity, shown: str) -> str:
        if entity.kind is EntityKind.LINK:
            return f'<a class="url" href="{escape(entity.value)}">{_address(shown)}</a>'
        if entity.kind is EntityKind.TAG:
            return f'<a class="tag" href="/tag/{quote(entity.value, safe="")}">{escape(shown)}</a>'
        if entity.value in people:
            path = f"/user/{quote(people[entity.value], safe='')}"
            return f'<a class="mention" href="{path}">{escape(shown)}</a>'
        return escape(shown)

    return link


def _address(url: str) -> str:
    """The whole of `url`, which is copied and printed; styles hide its scheme and cut its end."""
    scheme = _SCHEME.match(url)
    if scheme is None:
        return escape(url)
    return f'<span class="url__scheme">{scheme.group()}</span>{escape(url[scheme.end() :])}'
