"""Changes of address that somebody else was faster with."""

from __future__ import annotations

import pytest

from app import db
from app.services.accounts import emails, links
from app.services.accounts.links import Link, Purpose
from app.services.errors import GoneError
from tests.support.factories import make_user


def test_a_change_that_was_cancelled_while_it_was_confirmed_is_gone(ana):
    emails.request_change(ana, ("ana@example.net", "ana@example.net"))
    db.session.commit()
    token = links.address_of(Purpose.CHANGE_EMAIL, ana).rpartition("/")[2]
    link = links.read(Purpose.CHANGE_EMAIL, token)
    emails.cancel_change(ana)
    with pytest.raises(GoneError):
        emails.confirm_change(link, keep=None)


def test_an_address_that_changed_while_its_link_was_used_is_not_confirmed(app):
    dora = make_user("dora", email_verified_at=None)
    emails.verify(Link(dora, {}))
    db.session.commit()
    with pytest.raises(GoneError):
        emails.verify(Link(dora, {}))


@pytest.mark.parametrize(
    ("address", "shown"), [("ana@example.net", "a…@example.net"), ("a@b.example", "a…@b.example")]
)
def test_a_masked_address_can_be_recognised_and_not_read(address, shown):
    assert emails.masked(address) == shown
