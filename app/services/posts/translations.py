"""Posts in another language: kept ones, and new ones from the service that the owner chose."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app

from app.backends.translation import TranslationError, get_translator
from app.database.transactions import begin_write, end_read
from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.html import readable_text
from app.lib.text import normalize
from app.lib.tokens import hash_token
from app.models import Post, Translation, User

# Among how many of the newest posts a text without an id is looked for.
SEARCH_DEPTH = 1000


def is_available() -> bool:
    """Whether the owner has chosen a service."""
    return get_translator().is_available


def cached(post: Post, language: str) -> str | None:
    """`post` in `language` if it was translated since it was last edited."""
    found = db.session.scalar(Translation.of(post, language))
    return found.text if found is not None and found.version == _version(post) else None


def request(post: Post, language: str) -> str | None:
    """Have `post` translated into `language` and keep it. None when the service does not.

    Ends the transaction: none is open while we wait. What it brings is for the caller to commit.
    """
    words, source, version = (
        readable_text(post.title, post.body),
        str(post.language),
        _version(post),
    )
    key = (post.id, language)
    end_read()
    try:
        translated = normalize(get_translator().translate(words, source, language))
    except TranslationError as error:
        current_app.logger.warning("no translation: %s", error)
        return None
    begin_write()
    now = db.session.scalar(Post.visible_to(None).where(Post.id == key[0]).with_for_update(of=Post))
    # Edited or deleted meanwhile: what was read then is answered, but not kept.
    if now is not None and _version(now) == version:
        _store(key, version, translated)
    return translated


def find_post(reader: User, text: str, language: str) -> Post | None:
    """The newest post in `language` that says `text` and that `reader` may see.

    Only the newest posts are looked through: there is no index over whole texts.
    """
    oldest = sa.select(Post.id).order_by(Post.id.desc()).offset(SEARCH_DEPTH).limit(1)
    is_recent = Post.id > sa.func.coalesce(oldest.scalar_subquery(), 0)
    says_so = (is_recent, Post.body == normalize(text), Post.language == language)
    return db.session.scalar(
        Post.visible_to(reader).where(*says_so).order_by(Post.id.desc()).limit(1)
    )


def _version(post: Post) -> str:
    return hash_token(f"{post.language}\n{readable_text(post.title, post.body)}")


def _store(key: tuple[int, str], version: str, text: str) -> None:
    values = {"version": version, "text": text, "created_at": utcnow()}
    row = insert(Translation).values(post_id=key[0], language=key[1], **values)
    keys = [Translation.post_id, Translation.language]
    db.session.execute(row.on_conflict_do_update(index_elements=keys, set_=values))
