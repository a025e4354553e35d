"""What pages and emails say about a notification, in the language of the reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

Sentence = Callable[[Sequence[str], int], str]


def _grouped(
    one: Callable[[str], str],
    two: Callable[[str, str], str],
    more: Callable[[str, str, int], str],
) -> Sentence:
    """A sentence about what one, two or more people did to one post."""

    def sentence(names: Sequence[str], count: int) -> str:
        if len(names) == 1:
            return one(names[0])
        first, second = names[:2]
        return two(first, second) if count == 2 else more(first, second, count - 2)

    return sentence


# Of each kind that people choose about.
SENTENCES: dict[str, Sentence] = {
    "follow": lambda names, _count: _("%(name)s followed you", name=names[0]),
    "follow_accepted": lambda names, _count: _(
        "You're following %(name)s now: they accepted your request", name=names[0]
    ),
    "follow_request": lambda names, _count: _("%(name)s wants to follow you", name=names[0]),
    "like": _grouped(
        lambda name: _("%(name)s liked your post", name=name),
        lambda first, second: _(
            "%(first)s and %(second)s liked your post", first=first, second=second
        ),
        lambda first, second, others: ngettext(
            "%(first)s, %(second)s, and %(num)s other liked your post",
            "%(first)s, %(second)s, and %(num)s others liked your post",
            others,
            first=first,
            second=second,
        ),
    ),
    "mention": lambda names, _count: _("%(name)s mentioned you", name=names[0]),
    "reply": lambda names, _count: _("%(name)s replied to you", name=names[0]),
    "repost": _grouped(
        lambda name: _("%(name)s reposted your post", name=name),
        lambda first, second: _(
            "%(first)s and %(second)s reposted your post", first=first, second=second
        ),
        lambda first, second, others: ngettext(
            "%(first)s, %(second)s, and %(num)s other reposted your post",
            "%(first)s, %(second)s, and %(num)s others reposted your post",
            others,
            first=first,
            second=second,
        ),
    ),
}


def sentence_of(kind: str, names: Sequence[str], count: int) -> str:
    """What a notification of this kind says; `names` are the newest people of the `count`."""
    return str(SENTENCES[kind](names, count))
