"""Drafts: kept once per composer, a hundred at most, deleted for a while before they are erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import Draft, User
from app.services.errors import TooManyDraftsError
from app.services.posts import drafts
from app.services.posts.drafts import Writing


def bodies(author: User) -> list[str]:
    return [row.body for row in drafts.page(author)]


def test_saving_again_from_the_same_composer_changes_the_same_draft(ana, ben):
    first = drafts.save(ana, "a", Writing("Dear all"))
    other = drafts.save(ana, "b", Writing("Lost: one glove"))
    again = drafts.save(ana, "a", Writing("Dear all, again", "News", "a note", "unlisted"))
    assert again.id == first.id != other.id
    assert (again.title, again.content_note, again.visibility) == ("News", "a note", "unlisted")
    assert drafts.save(ben, "a", Writing("Mine")).id not in (first.id, other.id)
    assert sorted(bodies(ana)) == ["Dear all, again", "Lost: one glove"]
    assert bodies(ben) == ["Mine"]


def test_the_one_saved_last_comes_first(ana):
    with time_machine.travel(utcnow(), tick=False) as clock:
        for key in ("a", "b", "a"):
            drafts.save(ana, key, Writing(key))
            clock.shift(1)
    assert bodies(ana) == ["a", "b"]


def test_there_are_a_hundred_at_most(ana, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS_MAX", 2)
    first = drafts.save(ana, "a", Writing("1"))
    drafts.save(ana, "b", Writing("2"))
    with pytest.raises(TooManyDraftsError):
        drafts.save(ana, "c", Writing("3"))
    # What is there can still be changed.
    drafts.save(ana, "b", Writing("2, corrected"))
    assert drafts.delete(ana, first.id)
    drafts.save(ana, "c", Writing("3"))
    with pytest.raises(TooManyDraftsError):
        drafts.restore(ana, first.id)
    assert drafts.count(ana) == 2


def test_nobody_else_finds_deletes_or_restores_it(ana, ben):
    row = drafts.save(ana, "a", Writing("Mine alone"))
    assert drafts.find(ben, row.id) is None
    assert not drafts.delete(ben, row.id)
    drafts.discard(ben, "a")
    assert drafts.find(ana, row.id) is row
    assert drafts.delete(ana, row.id) and not drafts.delete(ana, row.id)
    assert drafts.find(ana, row.id) is None
    assert not drafts.restore(ben, row.id)
    assert drafts.restore(ana, row.id) and not drafts.restore(ana, row.id)
    assert bodies(ana) == ["Mine alone"]


def test_a_deleted_one_is_erased_after_a_day(ana):
    gone = drafts.save(ana, "a", Writing("Gone"))
    drafts.save(ana, "b", Writing("Kept"))
    drafts.delete(ana, gone.id)
    db.session.commit()
    assert drafts.purge() == 0
    with time_machine.travel(utcnow() + timedelta(days=1, minutes=1)):
        assert drafts.purge() == 1
    assert [row.body for row in db.session.scalars(db.select(Draft))] == ["Kept"]
