"""Finding who is meant by a name."""

from __future__ import annotations

from app import db
from app.services.accounts import accounts
from app.services.posts import mentions
from app.services.posts.mentions import Mentioned
from tests.support.factories import make_post
from tests.support.pages import counted_statements


def test_who_is_meant_is_found_in_one_statement_for_all_names(ana, ben):
    accounts.rename(ben, "Benedict")
    db.session.commit()
    expected = {
        "ana": Mentioned(ana.id, "ana"),
        "ben": Mentioned(ben.id, "Benedict"),
        "benedict": Mentioned(ben.id, "Benedict"),
    }
    with counted_statements() as ran:
        assert mentions.find(["ana", "ben", "benedict", "nobody"], ana.id) == expected
    assert len(ran) == 1


def test_no_names_need_no_statement(app):
    with counted_statements() as ran:
        assert mentions.find([], 1) == {}
    assert ran == []


def test_somebody_who_closed_the_account_is_not_meant(ana, ben):
    post = make_post(ana, "@ben")
    accounts.close(ben)
    db.session.commit()
    assert mentions.find(["ben"], ana.id) == mentions.find(["ben"], ana.id, post) == {}
