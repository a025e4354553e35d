"""Searching posts and people, and what they are found by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, tzinfo

import sqlalchemy as sa

from app.backends.search import Kind, Wanted
from app.extensions import db
from app.lib.search import Query, author_key, language_key, person_text, post_text, tag_term
from app.models import Post, PostTag, User
from app.services.posts import search_index

# Small enough that other writers hardly wait.
INDEXED_AT_ONCE = 500


def wanted_posts(query: Query, zone: tzinfo) -> Wanted | None:
    """What `query` asks of the index, its days being those of `zone`. None: nothing is found."""
    terms = [*query.terms, *map(tag_term, query.tags)]
    if query.language:
        terms.append(language_key(query.language))
    if query.author:
        author_id = db.session.scalar(User.named(query.author).with_only_columns(User.id))
        if author_id is None:
            return None
        terms.append(author_key(author_id))
    if not terms and not query.has_filters:
        return None
    since, until = _start_of(query.after, zone), _start_of(query.before, zone)
    return Wanted("post", tuple(terms), since, until)


def wanted_people(query: Query) -> Wanted | None:
    """What `query` asks of the index of people: its words, and the name of a `from:`."""
    words = (*query.words, query.author or "")
    terms = Query(query.text, words, query.phrases).terms
    return Wanted("user", terms) if terms else None


def posts_among(ids: Collection[int], viewer: User | None) -> list[Post]:
    """Those of the posts that `viewer` may read, in the order of `ids`."""
    if not ids:
        return []
    found = db.session.scalars(Post.visible_to(viewer).where(Post.id.in_(ids)))
    posts = {post.id: post for post in found}
    return [posts[post_id] for post_id in ids if post_id in posts]


def people_among(ids: Collection[int]) -> list[User]:
    """Those of the people who are here, in the order of `ids`."""
    if not ids:
        return []
    found = db.session.scalars(User.active().where(User.id.in_(ids)))
    people = {person.id: person for person in found}
    return [people[person_id] for person_id in ids if person_id in people]


def index_post(post: Post, tags: Collection[str]) -> None:
    """Have `post`, which was flushed, found by what it says now."""
    text = post_text(post.author_id, post.title, post.body, post.language, tags)
    write("post", {post.id: text})


def forget_post(post: Post) -> None:
    write("post", {post.id: None})


def index_person(user: User) -> None:
    """Have `user`, who was flushed, found by their names and their words about themselves."""
    text = person_text(user.username, user.display_name, user.about_me)
    write("user", {user.id: text})


def write(kind: Kind, texts: Mapping[int, str | None]) -> None:
    """Have rows found by these folded texts and no longer by earlier ones; None: not at all."""
    _write(kind, texts)
    search_index.note(kind, texts.keys())


def count(kind: Kind) -> int:
    """How many rows there are to index."""
    model = Post if kind == "post" else User
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def reindex(kind: Kind) -> Iterator[int]:
    """Write anew what posts or people are found by. Yields after each chunk how many it had.

    The caller commits each; people go on writing meanwhile. An engine beside the database is
    not told, since its index is made from these afterwards.
    """
    last = 0
    while texts := (_post_texts if kind == "post" else _person_texts)(last):
        last = max(texts)
        _write(kind, {id_: text or None for id_, text in texts.items()})
        yield len(texts)


def _write(kind: Kind, texts: Mapping[int, str | None]) -> None:
    table = db.metadata.tables[kind]
    change = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
    change = change.values(
        search_text=sa.bindparam("text"), search_version=table.c.search_version + 1
    )
    # In the order of ids, so that nobody deadlocks.
    parameters = [{"row_id": row_id, "text": texts[row_id]} for row_id in sorted(texts)]
    if parameters:
        db.session.connection().execute(change, parameters)


def _post_texts(last: int) -> dict[int, str]:
    """The texts of the posts after `last`; those of deleted posts are empty."""
    rows = sa.select(Post.id, Post.author_id, Post.title, Post.body, Post.language, Post.deleted_at)
    # Nobody may edit a post between our reading it and writing what it is found by.
    rows = rows.where(Post.id > last).order_by(Post.id).limit(INDEXED_AT_ONCE).with_for_update()
    posts = db.session.execute(rows).all()
    tags: dict[int, list[str]] = {}
    of_these = PostTag.post_id.in_([post.id for post in posts])
    for post_id, tag in db.session.execute(sa.select(PostTag.post_id, PostTag.tag).where(of_these)):
        tags.setdefault(post_id, []).append(tag)
    return {
        post.id: ""
        if post.deleted_at
        else post_text(post.author_id, post.title, post.body, post.language, tags.get(post.id, ()))
        for post in posts
    }


def _person_texts(last: int) -> dict[int, str]:
    rows = sa.select(User.id, User.username, User.display_name, User.about_me)
    rows = rows.where(User.id > last).order_by(User.id).limit(INDEXED_AT_ONCE).with_for_update()
    return {id_: person_text(*names) for id_, *names in db.session.execute(rows)}


def _start_of(day: date | None, zone: tzinfo) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        # The first and the last day of the calendar, in a zone beyond it.
        return datetime.combine(day, time(), UTC)
