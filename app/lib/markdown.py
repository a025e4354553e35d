"""CommonMark without raw HTML, with links, mentions and tags recognized in its text."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from app.lib.entities import LINKS_MAX, Entity, find_entities, link_at

_TARGET = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9_@/.:-])https?\Z", re.IGNORECASE)
_EMPHASIS = "*_~"
# The blocks that a quote ends without an empty line.
_QUOTE_ENDS = ["paragraph", "reference", "blockquote", "list"]
_LIST_ENDS = ["paragraph", "reference", "blockquote"]
# The parser is slow at brackets: 10,000 take 150 ms, far more than real texts have.
_BRACKETS_MAX = 1000
# The same goes for blocks: far more lines than a real text of any allowed length.
_LINES_MAX = 800
# Each quote looks for its end line by line, at every depth: a thousand quotes in one paragraph
# would look at a million lines. What comes after this many is no quote.
_QUOTED_LINES_MAX = 1500
# Lists within lists count each.
_LISTS_MAX = 400
_TOP_HEADING = 3  # the page has the h1 and the post's title is the h2

Linker = Callable[[Entity, str], str]


class MarkdownText:
    """Markdown, parsed once for its HTML, its visible text and its entities."""

    def __init__(self, text: str) -> None:
        # Filled while parsing; `render` adds how entities are linked.
        self._env: dict[str, Any] = {}
        self._tokens = _parser().parse(_bounded(text), self._env)

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
        parser = _parser()
        env = {**self._env, "link": link}
        return str(parser.renderer.render(self._tokens, parser.options, env))


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
def _parser() -> MarkdownIt:
    # A line break in the source is one on the page, as in posts without Markdown.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable("strikethrough").disable(["html_block", "html_inline"])
    parser.block.ruler.at("blockquote", _quote, {"alt": _QUOTE_ENDS})
    parser.block.ruler.at("list", _list, {"alt": _LIST_ENDS})
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    # Before emphasis, which would split a URL with two underscores.
    parser.inline.ruler.before("emphasis", "bare_link", _bare_link)
    # Before text_join, while escaped characters (\@, &commat;) are still separate tokens.
    parser.core.ruler.before("text_join", "entities", _mark_entities)
    parser.core.ruler.push("headings", _demote_headings)
    parser.add_render_rule("entity", _render_entity)
    return parser


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for quotes, until they have looked at too many lines."""
    looked_at = state.env.setdefault("quoted_lines", 0)
    if looked_at > _QUOTED_LINES_MAX:
        return False
    is_quote = state.src.startswith(">", state.bMarks[start] + state.tShift[start])
    if is_quote and not silent:
        # It looks no further than to the next empty line.
        last = next((line for line in range(start, end) if state.isEmpty(line)), end)
        state.env["quoted_lines"] = looked_at + last - start
    return blockquote(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for lists, until there are too many."""
    opened = state.env.setdefault("lists", 0)
    if opened > _LISTS_MAX:
        return False
    if silent:
        return list_block(state, start, end, silent)
    # Before the rule, which opens the lists within this one.
    state.env["lists"] = opened + 1
    is_list = list_block(state, start, end, silent)
    state.env["lists"] -= not is_list
    return is_list


def _is_allowed(url: str) -> bool:
    return _TARGET.match(url) is not None


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
