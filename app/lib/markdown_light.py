"""What of Markdown works in a short post, and what stays as it was typed."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from app.lib.markdown_bounds import LIST_ENDS, QUOTE_ENDS, bounded_list, bounded_quote

_OFF = ["heading", "lheading", "hr", "code", "reference", "html_block", "table"]
_OFF_INLINE = ["autolink", "entity", "image", "strikethrough", "html_inline"]
_ESCAPED = "*`["
_FENCE = re.compile(r" {0,3}(```|~~~)")
_QUOTE = re.compile(r" {0,3}> ")
_BULLET = re.compile(r" {0,3}([-*]) +(?![-*](?: |$))\S")
# So many lines below a bullet we look for the second one.
_ITEM_LINES_MAX = 50


def add_light_rules(parser: MarkdownIt) -> None:
    """Leave only code blocks, bullets, quotes, emphasis, code and links."""
    parser.disable([*_OFF, *_OFF_INLINE], ignoreInvalid=True)
    parser.inline.ruler.at("escape", _escape)
    parser.block.ruler.at("list", _bullets, {"alt": LIST_ENDS})
    parser.block.ruler.at("blockquote", _quote, {"alt": QUOTE_ENDS})


def separated(text: str) -> str:
    """Return `text` with an empty line after each quote and list, which so end where they look it.

    In CommonMark the line below them would be part of them.
    """
    return "\n".join(_separated(text.split("\n")))


def _separated(lines: list[str]) -> Iterator[str]:
    fence = previous = ""
    for line in lines:
        opening = _FENCE.match(line)
        if opening and (not fence or opening[1] == fence):
            fence = "" if fence else opening[1]
        kind = "" if fence or opening else _kind_of(line)
        if not kind and previous == "bullet" and line.startswith(" ") and line.strip():
            # An indented line goes on with its item.
            kind = "bullet"
        if previous and not kind and line.strip() and not fence:
            yield ""
        yield line
        previous = kind


def _kind_of(line: str) -> str:
    if _QUOTE.match(line) or line.strip() == ">":
        return "quote"
    return "bullet" if _BULLET.match(line) else ""


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _bullets(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A list of two bullets or more: one alone may be a footnote or the start of a dialog."""
    bullet = _BULLET.match(_line(state, start))
    if bullet is None:
        return False
    is_next_item = state.listIndent >= 0 and state.sCount[start] < state.blkIndent
    if is_next_item or _has_bullet_below(state, bullet[1], start, end):
        return bounded_list(state, start, end, silent)
    return False


def _has_bullet_below(state: StateBlock, marker: str, start: int, end: int) -> bool:
    """Whether another item follows, with at most one empty line between."""
    is_after_gap = False
    for number in range(start + 1, min(end, start + _ITEM_LINES_MAX)):
        line = _line(state, number)
        if line.startswith(f"{marker} "):
            return True
        if is_after_gap and line:
            return False
        is_after_gap = not line
    return False


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A quote begins with > and a space: >_< is a face."""
    is_quote = _QUOTE.match(_line(state, start)) is not None
    return is_quote and bounded_quote(state, start, end, silent)


def _escape(state: StateInline, silent: bool) -> bool:
    """A backslash hides only what would mean something; in paths and faces it stays."""
    text, place = state.src, state.pos
    if text[place] != "\\" or place + 1 >= state.posMax or text[place + 1] not in _ESCAPED:
        return False
    if not silent:
        token = state.push("text_special", "", 0)
        token.content, token.markup, token.info = text[place + 1], text[place : place + 2], "escape"
    state.pos += 2
    return True
