"""Translations of posts: cached ones, and new ones from the configured service."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from app.backends.translation import TranslationError, get_translator
from app.database.transactions import end_read, restart_for_write
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import readable_text
from app.lib.text import normalize
from app.lib.tokens import hash_token
from app.models import Post, Translation, User

# How many of the newest posts `find_post` searches.
SEARCH_DEPTH = 1000


def is_available() -> bool:
    """Whether the operator has set up a service."""
    return get_translator().is_available


def cached(post: Post, language: str) -> str | None:
    """`post` in `language` if it was translated since it was last edited."""
    row = db.session.scalar(Translation.of(post, language))
    return row.text if row is not None and row.version == _version(post) else None


def request(post: Post, language: str) -> str | None:
    """Translate `post` into `language` and cache it. Returns None when the service fails.

    Ends the read transaction, so that none is open during the call. The caller commits the cache.
    """
    text, source, version = (
        readable_text(post.title, post.body),
        str(post.language),
        _version(post),
    )
    key = (post.id, language)
    end_read()
    try:
        translated = normalize(get_translator().translate(text, source, language))
    except TranslationError as error:
        current_app.logger.warning("no translation: %s", error)
        return None
    restart_for_write()
    current = Post.visible_to(None).where(Post.id == key[0]).with_for_update(of=Post)
    row = db.session.scalar(current)
    # If it was edited or deleted meanwhile, the translation is returned but not cached.
    if row is not None and _version(row) == version:
        _store(key, version, translated)
    return translated


def find_post(reader: User, text: str, language: str) -> Post | None:
    """The newest post in `language` whose body is `text` and that `reader` may see.

    Searches only the newest posts, since whole texts are not indexed.
    """
    oldest = sa.select(Post.id).order_by(Post.id.desc()).offset(SEARCH_DEPTH).limit(1)
    is_recent = Post.id > sa.func.coalesce(oldest.scalar_subquery(), 0)
    matches = (is_recent, Post.body == normalize(text), Post.language == language)
    return db.session.scalar(
        Post.visible_to(reader).where(*matches).order_by(Post.id.desc()).limit(1)
    )


def _version(post: Post) -> str:
    return hash_token(f"{post.language}\n{readable_text(post.title, post.body)}")


def _store(key: tuple[int, str], version: str, text: str) -> None:
    values = {"version": version, "text": text, "created_at": utcnow()}
    row = insert(Translation).values(post_id=key[0], language=key[1], **values)
    keys = [Translation.post_id, Translation.language]
    db.session.execute(row.on_conflict_do_update(index_elements=keys, set_=values))
