"""Where an asterisk or underscore opens or closes emphasis in Markdown, in all scripts.

CommonMark looks for spaces around words. Chinese and Japanese have none, so there a sign next to
one of their characters counts as one next to a space.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

# Ideographs, kana and Hangul with their punctuation and full-width forms.
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3041-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00020000-\U0003ffff]"
)
# Signs that stand before a word.
_BEFORE_WORD = "([{*\"'\u201c\u2018\u00ab\u00bf\u00a1\u2014"
# A letter or digit of a script with spaces between words.
_WORD = re.compile("[^\\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def scan_emphasis(
    state: StateInline, silent: bool, names: Sequence[range], *, is_light: bool
) -> bool:
    """Consume a run of * or _ as text that may become emphasis; what is in `names` may not."""
    start = state.pos
    marker = state.src[start]
    if silent or marker not in "*_":
        return False
    end = start
    while end < state.posMax and state.src[end] == marker:
        end += 1
    opens, closes = _sides(state.src, start, end, is_light=is_light)
    # In light Markdown, a run of underscores is part of a word: __init__.
    is_literal = _is_in(names, start) or (is_light and marker == "_" and end - start > 1)
    for _ in range(end - start):
        token = state.push("text", "", 0)
        token.content = marker
        if not is_literal:
            state.delimiters.append(
                Delimiter(ord(marker), end - start, len(state.tokens) - 1, -1, opens, closes)
            )
    state.pos = end
    return True


def _sides(text: str, start: int, end: int, *, is_light: bool) -> tuple[bool, bool]:
    """Whether the run at text[start:end] can open emphasis, and whether it can close it."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    # Left-flanking and right-flanking, as CommonMark calls them.
    left = not after.isspace() and (not _is_sign(after) or _is_edge(before))
    right = not before.isspace() and (not _is_sign(before) or _is_edge(after))
    if text[start] == "_":
        opens = left and (not right or _is_punctuation(before))
        if is_light:
            # Faces and paths have underscores after other signs.
            opens = opens and (before.isspace() or before in _BEFORE_WORD)
        return opens, right and (not left or _is_punctuation(after))
    if is_light:
        # 2*3*4 is a product.
        return left and not _is_word(before), right and not _is_word(after)
    return left, right


def _is_edge(char: str) -> bool:
    return char.isspace() or _is_punctuation(char) or _CJK.match(char) is not None


def _is_sign(char: str) -> bool:
    return _is_punctuation(char) and not _CJK.match(char)


def _is_punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _is_word(char: str) -> bool:
    return _WORD.match(char) is not None and not _CJK.match(char)


def _is_in(names: Sequence[range], place: int) -> bool:
    index = bisect_right(names, place, key=lambda name: name.start) - 1
    return index >= 0 and place in names[index]
