"""Accounts below the front door: names, decoys, and what closing and erasing leave alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import db
from app.lib.dates import utcnow
from app.models import FormerUsername, Session, Token, User
from app.services.accounts import accounts, sessions, users
from app.services.accounts.accounts import ERASE_AFTER, NAME_RESERVED_FOR
from app.services.accounts.links import Link
from app.services.errors import EmailTakenError, UsernameTakenError
from tests.support import mailbox
from tests.support.factories import exists, make_follow, make_post, make_token, make_user

EMAIL = ("dora@example.com", "dora@example.com")


def people() -> list[str]:
    return list(db.session.scalars(sa.select(User.username).order_by(User.id)))


def test_a_refused_account_says_why_and_leaves_the_transaction_usable(ana):
    with pytest.raises(UsernameTakenError):
        accounts.create("ANA", EMAIL, "")
    with pytest.raises(EmailTakenError):
        accounts.create("dora", (ana.email, ana.email_key), "")
    assert accounts.create("dora", EMAIL, "").username == "dora"
    assert people() == ["ana", "dora"]


def test_a_former_name_is_reserved_for_the_person_who_had_it(ana, ben):
    accounts.rename(ana, "anna")
    assert not accounts.is_username_free("Ana")
    assert not accounts.is_username_free("ana", except_for=ben)
    assert accounts.is_username_free("ana", except_for=ana)
    assert users.renamed_from("ana", None) is ana
    row = db.session.scalars(sa.select(FormerUsername)).one()
    assert row.released_at == pytest.approx(utcnow() + NAME_RESERVED_FOR, abs=timedelta(minutes=1))
    with pytest.raises(UsernameTakenError):
        accounts.rename(ben, "ana")
    assert ben.username == "ben"


def test_closing_signs_out_everything_and_erases_nothing_yet(ana, ben):
    post = make_post(ana)
    for person in (ana, ben):
        sessions.start(person)
        make_token(person)
    accounts.close(ana)
    db.session.commit()
    assert exists(post)
    for model, column in ((Session, Session.expires_at), (Token, Token.expires_at)):
        live = sa.select(model.user_id).where(column > utcnow())
        assert db.session.scalars(live).all() == [ben.id]


def test_reopening_an_open_account_changes_nothing(ana):
    db.session.refresh(ana, ["search_version"])
    version = ana.search_version
    accounts.reopen(Link(ana, {}))
    db.session.refresh(ana)
    assert (ana.closed_at, ana.search_version, mailbox.templates()) == (None, version, [])


def test_only_accounts_whose_grace_period_is_over_are_erased(ana, ben, cleo):
    posts = [make_post(person) for person in (ana, ben, cleo)]
    ana.closed_at = utcnow() - ERASE_AFTER - timedelta(minutes=1)
    ben.closed_at = utcnow() - ERASE_AFTER + timedelta(minutes=1)
    db.session.commit()
    assert accounts.erase_closed() == 1
    assert accounts.erase_closed() == 0
    db.session.commit()
    assert people() == ["ben", "cleo"]
    assert [exists(post) for post in posts] == [False, True, True]


def test_the_name_of_an_erased_account_leads_to_nobody_and_stays_reserved(ana):
    ana.closed_at = utcnow() - ERASE_AFTER - timedelta(minutes=1)
    db.session.commit()
    accounts.erase_closed()
    assert users.renamed_from("ana", None) is None
    assert not accounts.is_username_free("ana")
    assert accounts.release_names() == 0
    over = utcnow() - timedelta(seconds=1)
    db.session.execute(sa.update(FormerUsername).values(released_at=over))
    assert accounts.is_username_free("ana")
    assert accounts.release_names() == 1
    assert make_user("ana").username == "ana"


def test_an_unused_account_that_nobody_confirmed_is_erased_after_a_month(app, ana):
    month = utcnow() - timedelta(days=31)
    old = {"email_verified_at": None, "created_at": month}
    unused = make_user("unused", signed_in_at=month, **old)
    make_follow(ana, unused)
    writer = make_user("writer", **old)
    make_post(writer)
    kept = [
        make_user("fresh", email_verified_at=None),
        make_user("active", signed_in_at=utcnow(), **old),
        make_user("moderator", role="moderator", **old),
        make_user("confirmed", created_at=month),
        writer,
        ana,
    ]
    assert accounts.erase_unconfirmed() == 0
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    assert accounts.erase_unconfirmed() == 1
    db.session.commit()
    db.session.expire_all()
    left = set(db.session.scalars(sa.select(User.username)))
    assert left == {"fresh", "active", "moderator", "confirmed", "writer", "ana"}
    assert db.session.get(User, ana.id).following_count == 0
    assert len(kept) == len(left)
    assert accounts.is_username_free("unused")
