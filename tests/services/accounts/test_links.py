"""Links of mails: for one purpose, for a while, for what was true when they were written."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.lib.tokens import hash_token
from app.services.accounts import accounts, emails, links
from app.services.accounts.links import Purpose
from app.services.errors import GoneError


def token_of(purpose: Purpose, person) -> str:
    return links.address_of(purpose, person, old=person.email, new="x").rpartition("/")[2]


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_for_one_purpose_opens_no_other_door(ana, purpose):
    token = token_of(purpose, ana)
    others = [other for other in Purpose if other is not purpose]
    assert not any(links.read(other, token) for other in others)


def test_a_link_lives_on_while_the_key_is_replaced(app, ana):
    token = token_of(Purpose.REOPEN, ana)
    old = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "n" * 40
    assert links.read(Purpose.REOPEN, token) is None
    app.config["SECRET_KEY_FALLBACKS"] = [old]
    assert links.read(Purpose.REOPEN, token).user.id == ana.id


def test_a_link_of_somebody_who_was_erased_is_nobodys(ana):
    token = token_of(Purpose.REOPEN, ana)
    db.session.delete(ana)
    db.session.commit()
    assert links.read(Purpose.REOPEN, token) is None


def test_an_address_that_was_corrected_meanwhile_is_not_confirmed_by_the_old_link(ana):
    ana.email_verified_at = None
    db.session.commit()
    link = links.read(Purpose.VERIFY, token_of(Purpose.VERIFY, ana))
    emails.verify(link)
    with pytest.raises(GoneError):
        emails.verify(link)


def test_coming_back_twice_counts_once(ana, ben):
    ana.follow(ben)
    accounts.close(ana)
    db.session.commit()
    link = links.read(Purpose.REOPEN, token_of(Purpose.REOPEN, ana))
    accounts.reopen(link)
    accounts.reopen(link)
    db.session.commit()
    db.session.refresh(ben)
    assert ben.followers_count == 1


def test_closing_again_makes_old_links_useless(ana):
    ana.closed_at = utcnow()
    db.session.commit()
    token = token_of(Purpose.REOPEN, ana)
    ana.closed_at = utcnow()
    db.session.commit()
    assert links.read(Purpose.REOPEN, token) is None


@pytest.mark.parametrize(
    ("purpose", "days"),
    [
        (Purpose.VERIFY, 1),
        (Purpose.CHANGE_EMAIL, 1),
        (Purpose.REVERT_EMAIL, 7),
        (Purpose.REOPEN, 7),
        (Purpose.UNSUBSCRIBE, 365),
    ],
)
def test_each_link_lasts_for_a_number_of_days(ana, purpose, days):
    begun = utcnow()
    with time_machine.travel(begun, tick=False):
        link = links.address_of(purpose, ana, new=hash_token(ana.email))
    for minutes, works in ((-1, True), (1, False)):
        with time_machine.travel(begun + timedelta(days=days, minutes=minutes), tick=False):
            assert bool(links.read(purpose, link.rpartition("/")[2])) is works


def test_a_link_for_a_new_password_lasts_as_long_as_the_site_says(app, ana):
    app.config["RESET_TOKEN_MINUTES"] = 7
    begun = utcnow()
    with time_machine.travel(begun, tick=False):
        token = token_of(Purpose.RESET_PASSWORD, ana)
    for seconds, works in ((-1, True), (1, False)):
        with time_machine.travel(begun + timedelta(minutes=7, seconds=seconds), tick=False):
            assert bool(links.read(Purpose.RESET_PASSWORD, token)) is works
