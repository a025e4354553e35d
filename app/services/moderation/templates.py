"""Templates of the words that moderators write to people."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.extensions import db
from app.models import WordsTemplate
from app.services.errors import GoneError
from app.services.site import audit
from app.services.site.audit import Actor


def listed() -> Sequence[WordsTemplate]:
    """All of them, by language and name."""
    order = WordsTemplate.language, WordsTemplate.name, WordsTemplate.id
    return db.session.scalars(sa.select(WordsTemplate).order_by(*order)).all()


def save(template: WordsTemplate, name: str, language: str, words: str, by: Actor) -> None:
    """Add or change a template."""
    template.name, template.language, template.words = name, language, words
    db.session.add(template)
    db.session.flush()
    audit.record("edit_template", by, target=name)


def delete(template: WordsTemplate, by: Actor) -> None:
    """Raises GoneError for the second of two clicks."""
    gone = sa.delete(WordsTemplate).where(WordsTemplate.id == template.id)
    name = db.session.scalar(gone.returning(WordsTemplate.name))
    if name is None:
        raise GoneError
    audit.record("delete_template", by, target=name)
