"""Deciding about people, where the pages do not come."""

from __future__ import annotations

import pytest

from app import db
from app.database.cursor import Cursor
from app.services.errors import LastAdminError, NothingToHideError
from app.services.site import audit
from app.services.site.audit import Filters
from tests.support.factories import make_post, make_user
from tests.support.moderation import decide


def test_the_last_administrator_is_not_suspended(app):
    sam = make_user("sam", role="administrator")
    with pytest.raises(LastAdminError):
        decide(sam, "suspend")
    db.session.rollback()
    make_user("pat", role="administrator")
    decide(sam, "suspend")
    # Who is suspended is no administrator to count on.
    with pytest.raises(LastAdminError):
        decide(db.session.query(type(sam)).filter_by(username="pat").one(), "suspend")


def test_posts_of_others_cannot_be_hidden(app, ana, ben):
    with pytest.raises(NothingToHideError):
        decide(ben, "hide_posts", post_ids=[make_post(ana).id])


def test_the_log_names_the_rule_and_the_end(app, ben):
    decision = decide(ben, "suspend", rule_id=1, words="Too often.")
    (entry,) = audit.page(Filters(), Cursor(2))
    assert (entry.action, entry.person_id, entry.rule) == ("suspend", ben.id, "Advertising or spam")
    assert entry.target == f"decision {decision.id}"
    assert entry.detail.reason == "Too often."
