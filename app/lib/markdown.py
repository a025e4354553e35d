"""Markdown, in full or in short posts, with links, mentions and tags recognized in its text.

Full is CommonMark without raw HTML. Light is what short posts need, and no more, so that a year, a
#tag, a lone asterisk and >_< stay what they are: emphasis, code, links, bullets and quotes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from app.lib.addresses import target
from app.lib.emphasis import scan_emphasis
from app.lib.entities import LINKS_MAX, Entity, find_entities, link_at
from app.lib.markdown_bounds import LIST_ENDS, QUOTE_ENDS, bounded_list, bounded_quote
from app.lib.markdown_light import add_light_rules, separated

_TARGET = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9_@/.:-])https?\Z", re.IGNORECASE)
_EMPHASIS = "*_~"
# The parser is slow at brackets: 10,000 take 150 ms, far more than real texts have.
_BRACKETS_MAX = 1000
# The same goes for blocks: far more lines than a real text of any allowed length.
_LINES_MAX = 800
_TOP_HEADING = 3  # the page has the h1 and the post's title is the h2

Linker = Callable[[Entity, str], str]


class Rules(StrEnum):
    """How much Markdown a text may use."""

    LIGHT = "light"
    FULL = "full"


class MarkdownText:
    """Markdown, parsed once for its HTML, its visible text and its entities."""

    def __init__(self, text: str, rules: Rules = Rules.FULL) -> None:
        # Filled while parsing; `render` adds how entities are linked.
        self._env: dict[str, Any] = {}
        self._parser = _parser(rules)
        source = separated(text) if rules is Rules.LIGHT else text
        self._tokens = self._parser.parse(_bounded(source), self._env)

    @property
    def entities(self) -> Iterator[Entity]:
        """What `render` links automatically; positions are within its part of the text."""
        for block in self._tokens:
            for token in block.children or ():
                if token.type == "entity":
                    yield token.meta["entity"]

    @property
    def visible_text(self) -> str:
        """The visible text, code included, with a blank line between blocks."""
        return "\n\n".join(_visible(token) for token in self._tokens if token.content)

    def render(self, link: Linker) -> str:
        """Return HTML that still has to be sanitized; `link` renders each entity."""
        env = {**self._env, "link": link}
        return str(self._parser.renderer.render(self._tokens, self._parser.options, env))


def _bounded(text: str) -> str:
    """Return `text` with less markup if it has too much, so that parsing it is always fast."""
    if text.count("\n") > _LINES_MAX:
        *lines, rest = text.split("\n", _LINES_MAX)
        text = "\n".join([*lines, rest.replace("\n", " ")])
    if text.count("[") > _BRACKETS_MAX:
        text = text.replace("[", r"\[")
    return text


def _visible(token: Token) -> str:
    if token.children is None:
        return token.content
    breaks = ("softbreak", "hardbreak")
    return "".join("\n" if part.type in breaks else part.content for part in token.children)


@cache
def _parser(rules: Rules) -> MarkdownIt:
    # A line break in the source is one on the page, as it was typed.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable("strikethrough").disable(["html_block", "html_inline"])
    parser.block.ruler.at("blockquote", bounded_quote, {"alt": QUOTE_ENDS})
    parser.block.ruler.at("list", bounded_list, {"alt": LIST_ENDS})
    if rules is Rules.LIGHT:
        add_light_rules(parser)
    parser.normalizeLink = _target  # type: ignore[method-assign]
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    parser.inline.ruler.at("emphasis", _tokenize_emphasis(rules))
    # Before emphasis, which would split a URL with two underscores.
    parser.inline.ruler.before("emphasis", "bare_link", _bare_link)
    # Before text_join, while escaped characters (\@, &commat;) are still separate tokens.
    parser.core.ruler.before("text_join", "entities", _mark_entities)
    parser.core.ruler.push("headings", _demote_headings)
    parser.add_render_rule("entity", _render_entity)
    return parser


def _target(url: str) -> str:
    return target(url) if _TARGET.match(url) else url


def _is_allowed(url: str) -> bool:
    return _TARGET.match(url) is not None


def _tokenize_emphasis(rules: Rules) -> Callable[[StateInline, bool], bool]:
    def tokenize(state: StateInline, silent: bool) -> bool:
        return scan_emphasis(state, silent, _names_in(state), is_light=rules is Rules.LIGHT)

    return tokenize


def _names_in(state: StateInline) -> Sequence[range]:
    """Where links, mentions and tags are in the text that is being parsed, found once."""
    if state.env.get("names_of") is not state.src:
        state.env["names_of"] = state.src
        state.env["names"] = [
            range(entity.start, len(state.src[: entity.end].rstrip(_EMPHASIS)))
            for entity in find_entities(state.src)
        ]
    names: Sequence[range] = state.env["names"]
    return names


def _render_entity(
    _renderer: RendererProtocol,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: EnvType,
) -> str:
    link: Linker = env["link"]
    return link(tokens[index].meta["entity"], tokens[index].content)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """Consume a URL from its colon on; its scheme was already read as text."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.src[max(state.pos - len("_https"), 0) : state.pos])
    tried = state.env.setdefault("links", 0)
    if scheme is None or tried >= LINKS_MAX:
        return False
    state.env["links"] = tried + 1
    start = state.pos - len(scheme.group())
    entity = link_at(state.src, start)
    if entity and state.src[entity.end - 1] in _EMPHASIS:
        # A trailing asterisk closes an emphasis that began before the URL.
        entity = link_at(state.src[: entity.end].rstrip(_EMPHASIS), start)
    if entity is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        token = state.push("entity", "", 0)
        token.content, token.meta = state.src[start : entity.end], {"entity": entity}
    state.pos = entity.end
    return True


def _mark_entities(state: StateCore) -> None:
    for block in state.tokens:
        if block.children:
            block.children = list(_with_entities(block.children))


def _with_entities(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with text split at its entities, and images turned into links."""
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not depth:
            yield from _split(token.content)
        elif token.type == "image":
            yield from _image_as_link(token, is_inside=depth > 0)
        else:
            yield token


def _split(text: str) -> Iterator[Token]:
    end = 0
    for entity in find_entities(text):
        yield _text(text[end : entity.start])
        content = text[entity.start : entity.end]
        yield Token("entity", "", 0, content=content, meta={"entity": entity})
        end = entity.end
    yield _text(text[end:])


def _image_as_link(token: Token, *, is_inside: bool) -> Iterator[Token]:
    source = str(token.attrGet("src"))
    alt = "".join(part.content for part in token.children or ())
    shown = _text(alt or source)
    if is_inside:
        yield shown
    else:
        yield Token("link_open", "a", 1, attrs={"href": source})
        yield shown
        yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _demote_headings(state: StateCore) -> None:
    """Turn the topmost heading level used into h3, and all others into h4."""
    headings = [token for token in state.tokens if token.type.startswith("heading_")]
    top = min((token.tag for token in headings), default="")
    for token in headings:
        token.tag = f"h{_TOP_HEADING + (token.tag != top)}"
