"""Safe HTML from what people write, as plain text or as Markdown."""

import re
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import quote

import nh3

from app.lib.entities import Kind, Piece, pieces, tag_key
from app.lib.markdown import pieces_in
from app.lib.markdown import render as markdown_html
from app.lib.markdown import words as markdown_words
from app.lib.text import clean, normalise

__all__ = [
    "markdown_to_text",
    "mentions_in",
    "render_markdown",
    "render_text",
    "tag_key",
    "tags_in",
]

_REL = "nofollow noopener ugc"
_LINK_TEXT_MAX = 40
# nh3 puts the rel on every link. Ours to people and tags are no outside links, so they lose it.
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


def mentions_in(text: str, *, markdown: bool = False) -> list[str]:
    """Return the lower-case usernames `text` mentions, in order, each once.

    With `markdown`, those in code and in the words of a link are left out, as when rendering.
    """
    return _values_in(text, Kind.MENTION, markdown)


def tags_in(text: str, *, markdown: bool = False) -> list[str]:
    """Return the keys of the tags in `text`, in order, each once; `markdown` as in mentions_in."""
    return _values_in(text, Kind.TAG, markdown)


def render_text(text: str, people: Mapping[str, str]) -> str:
    """Return plain `text` as HTML: paragraphs, line breaks, links, mentions and tags.

    `people` maps the lower-case names that exist to the current usernames.
    """
    paragraphs = normalise(text).split("\n\n")
    link = _linker(people)
    return _cleaned("\n".join(f"<p>{_inline(part, link)}</p>" for part in paragraphs if part))


def render_markdown(text: str, people: Mapping[str, str]) -> str:
    """Return Markdown as HTML, its headings as h3 and h4 and its images as links.

    `people` is as in render_text.
    """
    return _cleaned(markdown_html(clean(text), _linker(people)))


def markdown_to_text(text: str) -> str:
    """Return the words a reader of this Markdown sees, for excerpts, search and language."""
    return normalise(markdown_words(clean(text)))


def _cleaned(html: str) -> str:
    return _INNER_LINK.sub(r"\1>", _CLEANER.clean(html)).strip()


def _values_in(text: str, kind: Kind, is_markdown: bool) -> list[str]:
    found = pieces_in(clean(text)) if is_markdown else pieces(clean(text))
    return list(dict.fromkeys(piece.value for piece in found if piece.kind is kind))


def _inline(text: str, link: Callable[[Piece, str], str]) -> str:
    html, end = [], 0
    for piece in pieces(text):
        html += [escape(text[end : piece.start]), link(piece, text[piece.start : piece.end])]
        end = piece.end
    html.append(escape(text[end:]))
    return "".join(html).replace("\n", "<br>\n")


def _linker(people: Mapping[str, str]) -> Callable[[Piece, str], str]:
    """Return the function that writes a piece, given as it stands in the text, as HTML."""

    def link(piece: Piece, shown: str) -> str:
        if piece.kind is Kind.LINK:
            return f'<a href="{escape(piece.value)}">{escape(_shorten(shown))}</a>'
        if piece.kind is Kind.TAG:
            return f'<a class="tag" href="/tag/{quote(piece.value, safe="")}">{escape(shown)}</a>'
        if piece.value in people:
            path = f"/user/{quote(people[piece.value], safe='')}"
            return f'<a class="mention" href="{path}">{escape(shown)}</a>'
        return escape(shown)

    return link


def _shorten(url: str) -> str:
    bare = re.sub(r"^https?://", "", url, flags=re.IGNORECASE)
    # A slash after nothing but the host is noise.
    bare = bare[:-1] if bare.endswith("/") and bare.count("/") == 1 else bare
    return bare if len(bare) <= _LINK_TEXT_MAX else bare[: _LINK_TEXT_MAX - 1] + "…"
