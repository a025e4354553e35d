"""Whom somebody can write to: people by their name, and those they follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.search.query import ParsedQuery
from app.models import User
from app.policies import may_message
from app.services.accounts import users
from app.services.community import follows
from app.services.posts import searches

SHOWN_MAX = 20


@dataclass(frozen=True)
class Recipient:
    """A person, and whether they accept messages from the sender."""

    person: User
    is_accepting: bool


def named(sender: User, username: str) -> Recipient | None:
    """The person with this username."""
    person = db.session.scalar(User.named_for(sender, username))
    return _with_acceptance(sender, [person])[0] if person else None


def formerly_named(sender: User, username: str) -> Recipient | None:
    """The person who had this username before, while it still redirects to them."""
    person = users.renamed_from(username, sender)
    return _with_acceptance(sender, [person])[0] if person else None


def matching(sender: User, text: str) -> tuple[list[Recipient], bool]:
    """The best matches among people for the words of `text`, and whether there are more."""
    words = ParsedQuery(text, words=tuple(text.split()))
    people = searches.top_people(searches.for_people(words, sender), SHOWN_MAX + 1)
    return _with_acceptance(sender, people[:SHOWN_MAX]), len(people) > SHOWN_MAX


def followed(sender: User) -> list[Recipient]:
    """The people whom `sender` followed last."""
    latest = follows.followed_by(sender, sender, Cursor(SHOWN_MAX))
    return _with_acceptance(sender, [follow.followed for follow in latest])


def _with_acceptance(sender: User, people: Sequence[User]) -> list[Recipient]:
    followers = follows.circle_among(sender, people).followers
    return [
        Recipient(person, may_message(sender, person, is_followed=person.id in followers))
        for person in people
    ]
