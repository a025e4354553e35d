"""Quotes and lists in time: the parser's own rules take a square of their number and depth."""

from markdown_it.rules_block import StateBlock, blockquote, list_block

# The blocks that a quote ends without an empty line.
QUOTE_ENDS = ["paragraph", "reference", "blockquote", "list"]
LIST_ENDS = ["paragraph", "reference", "blockquote"]
# Each quote looks for its end line by line, at every depth: a thousand quotes in one paragraph
# would look at a million lines. What comes after this many is no quote.
_QUOTED_LINES_MAX = 1500
# Lists within lists count each.
_LISTS_MAX = 400


def bounded_quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
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


def bounded_list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
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
