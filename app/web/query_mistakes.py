"""What to tell people and programs about operators of a search that cannot be carried out."""

from __future__ import annotations

from flask_babel import gettext as _

from app.lib.dates import utcnow
from app.lib.search.query import Mistake, ParsedQuery


def mistake_messages(query: ParsedQuery) -> list[str]:
    """One sentence for each mistake in `query`."""
    return [_message(mistake) for mistake in query.mistakes]


def unknown_person_message(query: ParsedQuery) -> str:
    """What to say if nobody has the name in `from:`."""
    return str(_("There's no one here called %(name)s.", name=query.author))


def posts_only_message(query: ParsedQuery) -> str | None:
    """What to say about operators that a search for people leaves out, if there are any."""
    if query.language or query.before or query.after or query.tags:
        return str(_("Languages, dates, and tags only work in a search for posts."))
    return None


def _message(mistake: Mistake) -> str:
    text = mistake.text
    match mistake.kind:
        case "empty":
            message = _(
                "“%(operator)s” needs a value right after it, without a space.", operator=f"{text}:"
            )
        case "name":
            message = _("“%(text)s” isn't a username. Write it like from:ana.", text=text)
        case "language":
            message = _("“%(text)s” isn't a language code. Write it like lang:en.", text=text)
        case "day":
            today = utcnow().date().isoformat()
            message = _("“%(text)s” isn't a date. Write it like %(today)s.", text=text, today=today)
        case "repeated":
            message = _("Only the last “%(operator)s” counts.", operator=f"{text}:")
        case "range":
            message = _("There are no days between these dates.")
    return str(message)
