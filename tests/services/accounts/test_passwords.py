"""Passwords under races: what is checked is what is there when it counts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from werkzeug.security import generate_password_hash

from app import db
from app.lib import passwords as hashing
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import passwords
from app.services.accounts.links import Link
from app.services.errors import CredentialsError
from tests.support.factories import PASSWORD, make_user
from tests.support.mailbox import waiting

FRESH = "maple otter 12 violin"


@pytest.fixture
def overtaken(app: Flask, ana: User):
    """Whoever computes a hash of Ana's password finds another one in place afterwards."""
    replacement = passwords.hash_password(FRESH)

    def replace(_session: object, _transaction: object) -> None:
        with db.engine.begin() as other:
            other.execute(sa.update(User).values(password_hash=replacement))

    # `start_writing` ends the reading transaction: that is the moment after computing.
    event.listen(db.session.registry(), "after_soft_rollback", replace, once=True)
    return replacement


def kept(person: User) -> str:
    db.session.rollback()
    return db.session.get(User, person.id, populate_existing=True).password_hash


def test_an_old_password_opens_nothing_when_it_was_replaced_meanwhile(ana, overtaken):
    with pytest.raises(CredentialsError):
        passwords.authenticate("ana", PASSWORD)
    assert kept(ana) == overtaken


def test_renewing_a_hash_never_brings_an_old_password_back(ana, overtaken):
    ana.password_hash = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
    db.session.commit()
    with pytest.raises(CredentialsError):
        passwords.authenticate("ana", PASSWORD)
    assert kept(ana) == overtaken


def test_of_two_changes_at_once_the_later_one_has_to_know_the_first(ana, overtaken):
    db.session.refresh(ana)
    with pytest.raises(CredentialsError):
        passwords.change(ana, PASSWORD, "third words 55 lamp", keep=None)
    assert kept(ana) == overtaken


@pytest.mark.parametrize("scheme", ["scrypt:1024:8:1", "pbkdf2:sha256:1000"])
def test_hashes_from_elsewhere_are_read_and_renewed(ana, scheme):
    ana.password_hash = generate_password_hash(PASSWORD, scheme)
    db.session.commit()
    with pytest.raises(CredentialsError):
        passwords.authenticate("ana", "wrong")
    assert passwords.authenticate("ana", PASSWORD).password_hash.startswith("$argon2id$")


def test_a_hash_that_costs_something_else_is_renewed(app, ana):
    app.config["PASSWORD_COST"] = (16, 2, 1)
    assert "m=16,t=2,p=1" in passwords.authenticate("ana", PASSWORD).password_hash


@pytest.mark.parametrize("name", ["", " ", "@", "a@", "\u212ana", "ana@example.com\n", "a" * 9999])
def test_odd_names_are_nobody(ana, name):
    with pytest.raises(CredentialsError):
        passwords.authenticate(name, "wrong")


def test_a_letter_that_only_looks_alike_is_another_letter(app):
    make_user("kim")
    assert passwords.find("\u212aim") is None


def test_what_is_no_address_is_not_written_to(ana):
    passwords.mail_reset("nobody")
    assert ana.reset_requested_at is None


@pytest.mark.parametrize("name", ["ana", "nobody", "nobody@example.com"])
def test_an_unknown_name_takes_one_hash_as_a_wrong_password_does(ana, monkeypatch, name):
    hashes, slot = [], hashing._slot
    monkeypatch.setattr(hashing, "_slot", lambda: hashes.append(name) or slot())
    with pytest.raises(CredentialsError):
        passwords.authenticate(name, "wrong")
    assert hashes == [name]


def test_a_reset_changes_no_other_account_even_with_the_same_hash(ana, ben):
    ben.password_hash = ana.password_hash
    db.session.commit()
    passwords.reset(Link(ana, {}), FRESH)
    db.session.refresh(ben)
    assert ana.check_password(FRESH)
    assert ben.check_password(PASSWORD)


def test_links_that_are_counted_apart_do_not_use_each_other_up(ana):
    for number in range(6):
        passwords.send_reset(ana, counted_as=f"case {number}")
    assert len(waiting("reset_password")) == 6


@pytest.mark.parametrize(
    ("is_required", "is_confirmed", "mail"),
    [
        (True, True, ("already_registered", None)),
        (True, False, ("verify_email", "verify")),
        (False, False, ("already_registered", None)),
    ],
)
def test_whoever_still_has_to_confirm_their_address_gets_that_link_again(
    app, ana, is_required, is_confirmed, mail
):
    app.config["EMAILS_MUST_BE_VERIFIED"] = is_required
    ana.email_verified_at = utcnow() if is_confirmed else None
    passwords.notify_address_owner(ana)
    assert [(row.payload["template"], row.payload["link"]) for row in waiting()] == [mail]
