"""CommonMark without raw HTML, with our links, mentions and tags recognised in its text."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from app.lib.entities import LINKS_MAX, Piece, link_at, pieces

_TARGET = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9_@/.:-])https?\Z", re.IGNORECASE)
_EMPHASIS = "*_~"
# Brackets are what this parser is slow at, and nobody writes so many: 10,000 take it 150 ms.
_BRACKETS_MAX = 1000
_TOP_HEADING = 3  # the page has the h1 and the post's title is the h2

Linker = Callable[[Piece, str], str]


def render(text: str, link: Linker) -> str:
    """Return `text` as HTML that still has to be cleaned; `link` writes each piece found."""
    return str(_parser().render(_bounded(text), {"link": link}))


def pieces_in(text: str) -> Iterator[Piece]:
    """Yield what `render` would link by itself; positions are within its part of the text."""
    for block in _parser().parse(_bounded(text)):
        for token in block.children or ():
            if token.type == "piece":
                yield token.meta["piece"]


def words(text: str) -> str:
    """Return the words a reader sees, code included, a blank line between blocks."""
    return "\n\n".join(
        _visible(token) for token in _parser().parse(_bounded(text)) if token.content
    )


def _bounded(text: str) -> str:
    """Return `text` with its brackets escaped if there are absurdly many."""
    return text.replace("[", r"\[") if text.count("[") > _BRACKETS_MAX else text


def _visible(token: Token) -> str:
    if token.children is None:
        return token.content
    breaks = ("softbreak", "hardbreak")
    return "".join("\n" if part.type in breaks else part.content for part in token.children)


@cache
def _parser() -> MarkdownIt:
    # A line break in the box is a line break on the page, as in posts without Markdown.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable("strikethrough").disable(["html_block", "html_inline"])
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    # Before emphasis, which would tear a URL with two underscores to pieces.
    parser.inline.ruler.before("emphasis", "bare_link", _bare_link)
    # Before text_join, so that what was escaped (\@, &commat;) is still told apart.
    parser.core.ruler.before("text_join", "pieces", _find_pieces)
    parser.core.ruler.push("headings", _demote_headings)
    parser.add_render_rule("piece", _render_piece)
    return parser


def _is_allowed(url: str) -> bool:
    return _TARGET.match(url) is not None


def _render_piece(
    _renderer: RendererProtocol,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: EnvType,
) -> str:
    link: Linker = env["link"]
    return link(tokens[index].meta["piece"], tokens[index].content)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """Take a URL whole, from the colon on; its scheme was read as text before."""
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.src[max(state.pos - len("_https"), 0) : state.pos])
    tried = state.env.setdefault("links", 0)
    if scheme is None or tried >= LINKS_MAX:
        return False
    state.env["links"] = tried + 1
    start = state.pos - len(scheme.group())
    piece = link_at(state.src, start)
    if piece and state.src[piece.end - 1] in _EMPHASIS:
        # An asterisk at its end closes an emphasis that began before the URL.
        piece = link_at(state.src[: piece.end].rstrip(_EMPHASIS), start)
    if piece is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        token = state.push("piece", "", 0)
        token.content, token.meta = state.src[start : piece.end], {"piece": piece}
    state.pos = piece.end
    return True


def _find_pieces(state: StateCore) -> None:
    for block in state.tokens:
        if block.children:
            block.children = list(_with_pieces(block.children))


def _with_pieces(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with text split at its pieces and images made links."""
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
    for piece in pieces(text):
        yield _text(text[end : piece.start])
        content = text[piece.start : piece.end]
        yield Token("piece", "", 0, content=content, meta={"piece": piece})
        end = piece.end
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
    """Make the topmost heading used an h3 and all below it h4."""
    headings = [token for token in state.tokens if token.type.startswith("heading_")]
    top = min((token.tag for token in headings), default="")
    for token in headings:
        token.tag = f"h{_TOP_HEADING + (token.tag != top)}"
