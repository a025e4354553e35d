"""Filters: which words and tags somebody does not want to read, and which posts have them.

Lists are filtered in Python, by the rows of a page. What a person filters, what is read of a post,
and what was found in it are kept by their versions, so nothing ever has to be cleared.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbits
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.lib.bounded_cache import BoundedCache
from app.lib.dates import utcnow
from app.lib.word_filters import Matcher, Reading, Word
from app.models import Filter, FilterKeyword, Post, User
from app.models.community.filter import Action, Context, contexts_among
from app.services.errors import TooManyFiltersError

FILTERS_MAX = 100
KEYWORDS_MAX = 20
# Days that forms offer; 0: for good.
DURATIONS = (0, 1, 7, 30)
# For how long a deletion can be undone.
RETENTION = timedelta(days=1)


@dataclass(frozen=True)
class Definition:
    """What a filter is to be."""

    words: Sequence[Word]
    contexts: Iterable[str]
    action: Action = "warn"
    title: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Hit:
    """A filter that applies to a post, and the words of it that were found, as it writes them."""

    filter_id: int
    title: str | None
    words: tuple[str, ...]
    contexts: tuple[Context, ...]
    action: Action

    @property
    def names(self) -> tuple[str, ...]:
        """What tells its owner why: the title they gave it, or else the words."""
        return (self.title,) if self.title else self.words


class Match(tuple[Hit, ...]):
    """The filters that apply to a post."""

    __slots__ = ()

    @property
    def names(self) -> list[str]:
        """Why it is filtered, each name once."""
        return list(dict.fromkeys(name for hit in self for name in hit.names))

    @property
    def hides(self) -> bool:
        """Whether it is left out instead of folded."""
        return any(hit.action == "hide" for hit in self)


class _Terms(NamedTuple):
    """A filter as it applies, without the session that it was read in."""

    title: str | None
    contexts: tuple[Context, ...]
    action: Action
    expires_at: datetime | None


@dataclass(frozen=True)
class _Compiled:
    """The filters of one person by their ids, their words, and whose each word is."""

    filters: dict[int, _Terms]
    words: tuple[Word, ...]
    owners: tuple[int, ...]
    matcher: Matcher

    def __len__(self) -> int:
        return len(self.filters) + len(self.words)


# Of all people together: filters and their words, characters of posts, and what was found.
_compiled = BoundedCache[_Compiled](100_000)
_readings = BoundedCache[Reading](2_000_000)
_found = BoundedCache[tuple[int, ...]](200_000)


def matching(
    person: User | None, posts: Iterable[Post], context: str | None = None
) -> dict[int, Match]:
    """Which of `posts` the filters of `person` apply to in this context (None: in any), by id.

    Nobody's own posts are filtered. No statement without filters, nor while they are known.
    """
    if person is None or person.filters_version is None:
        return {}
    mine, now = _filters_of(person), utcnow()
    matches: dict[int, Match] = {}
    for post in posts:
        if post.author_id == person.id:
            continue
        places = _places(mine, (person.id, person.filters_version), post)
        if places and (hits := _hits(mine, places, context, now)):
            matches[post.id] = Match(hits)
    return matches


def page(person: User) -> list[Filter]:
    """The filters of `person` with their words, the latest first; FILTERS_MAX at most."""
    return list(db.session.scalars(_with_words(person).order_by(Filter.id.desc())))


def find(person: User, filter_id: int) -> Filter | None:
    """One of the filters of `person`, with its words."""
    rows = _with_words(person).where(Filter.id == filter_id)
    return db.session.scalar(rows.execution_options(populate_existing=True))


def create(person: User, definition: Definition) -> Filter:
    """Add a filter. Raises TooManyFiltersError at FILTERS_MAX."""
    _take_place(person)
    new = Filter(user_id=person.id, keywords=[])
    _define(new, definition)
    db.session.add(new)
    _renew(person)
    return new


def change(person: User, filter_id: int, define: Callable[[Filter], Definition]) -> bool:
    """Make a filter of `person` what `define` makes of it. Returns whether it is there.

    Words that stay keep their ids.
    """
    _lock(person)
    # Another request may have changed it since it was shown.
    mine = find(person, filter_id)
    if mine is None:
        return False
    _define(mine, define(mine))
    _renew(person)
    return True


def delete(person: User, filter_id: int) -> bool:
    """Delete a filter of `person`; for a while it can be undone. Returns whether it was there."""
    _lock(person)
    row = sa.update(Filter).where(*_is_own(person, filter_id), Filter.deleted_at.is_(None))
    is_done = _changed(row.values(deleted_at=utcnow()))
    if is_done:
        _renew(person)
    return is_done


def restore(person: User, filter_id: int) -> bool:
    """Undo that. Returns whether it is there again. Raises TooManyFiltersError at FILTERS_MAX."""
    _take_place(person)
    row = sa.update(Filter).where(*_is_own(person, filter_id), Filter.deleted_at.is_not(None))
    is_done = _changed(row.values(deleted_at=None))
    if is_done:
        _renew(person)
    return is_done


def purge() -> int:
    """Delete for good what was deleted before RETENTION. Returns how many filters."""
    old = sa.delete(Filter).where(Filter.deleted_at < utcnow() - RETENTION)
    return len(db.session.scalars(old.returning(Filter.id)).all())


def _with_words(person: User) -> sa.Select[Filter]:
    return Filter.of(person).options(selectinload(Filter.keywords))


def _is_own(person: User, filter_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (Filter.id == filter_id, Filter.user_id == person.id)


def _changed(row: sa.Update) -> bool:
    row = row.execution_options(synchronize_session=False)
    return db.session.scalar(row.returning(Filter.id)) is not None


def _lock(person: User) -> None:
    """Two concurrent changes must not take the same place, nor give the same version."""
    db.session.refresh(person, ["id"], with_for_update={"key_share": True})


def _take_place(person: User) -> None:
    _lock(person)
    count = Filter.of(person).with_only_columns(sa.func.count())
    if db.session.scalars(count).one() >= FILTERS_MAX:
        raise TooManyFiltersError


def _define(mine: Filter, definition: Definition) -> None:
    mine.title, mine.action = definition.title, definition.action
    mine.contexts, mine.expires_at = tuple(definition.contexts), definition.expires_at
    words = dict(definition.words)
    kept = {one.keyword: one for one in mine.keywords}
    for text, one in kept.items():
        if text in words:
            one.whole_word = words[text]
    new = [FilterKeyword(keyword=t, whole_word=w) for t, w in words.items() if t not in kept]
    mine.keywords = [one for text, one in kept.items() if text in words] + new


def _renew(person: User) -> None:
    """Have every process read the filters of `person` again, if there are any."""
    db.session.flush()
    has_some = db.session.scalar(sa.select(Filter.of(person).exists()))
    person.filters_version = randbits(62) if has_some else None
    db.session.flush()


def _filters_of(person: User) -> _Compiled:
    key = (person.id, person.filters_version)
    mine = _compiled.get(key)
    if mine is None:
        mine = _read(person)
        _compiled.put(key, mine)
    return mine


def _read(person: User) -> _Compiled:
    columns = (Filter.title, Filter.context_names, Filter.action, Filter.expires_at)
    rows = Filter.of(person).with_only_columns(
        Filter.id, *columns, FilterKeyword.keyword, FilterKeyword.whole_word
    )
    rows = rows.join(FilterKeyword, FilterKeyword.filter_id == Filter.id)
    found = db.session.execute(rows.order_by(Filter.id, FilterKeyword.id)).all()
    filters = {
        row.id: _Terms(
            row.title, contexts_among(row.context_names.split()), row.action, row.expires_at
        )
        for row in found
    }
    words = tuple(Word(row.keyword, row.whole_word) for row in found)
    return _Compiled(filters, words, tuple(row.id for row in found), Matcher(words))


def _places(mine: _Compiled, version: Hashable, post: Post) -> Sequence[int]:
    """The places of the words that are in `post`."""
    texts = (post.id, post.title, post.note, hash(post.html))
    found = _found.get((version, texts))
    if found is None:
        reading = _readings.get(texts)
        if reading is None:
            reading = Reading.of(post.html, post.title, post.note)
            _readings.put(texts, reading)
        # With something in front, since nothing has a length of its own.
        found = (0, *mine.matcher.find(reading))
        _found.put((version, texts), found)
    return found[1:]


def _hits(
    mine: _Compiled, places: Sequence[int], context: str | None, now: datetime
) -> Iterable[Hit]:
    words: dict[int, list[str]] = {}
    for place in places:
        words.setdefault(mine.owners[place], []).append(mine.words[place].text)
    for filter_id, found in words.items():
        one = mine.filters[filter_id]
        is_current = one.expires_at is None or one.expires_at > now
        if is_current and (context is None or context in one.contexts):
            yield Hit(filter_id, one.title, tuple(found), one.contexts, one.action)
