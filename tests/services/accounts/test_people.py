"""Finding people as staff do, and acting on their accounts by rank."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import AuditEntry, Session
from app.services.accounts import people
from app.services.accounts.people import Filters
from app.services.errors import EmailKnownError, GoneError, LastAdminError, NotAllowedError
from app.services.site.audit import COMMAND_LINE, Actor
from tests.support.factories import make_token, make_user
from tests.support.roles import give_role, make_role, named_role

ACTS = (
    people.verify,
    people.send_reset_link,
    people.end_sessions,
    people.reset_two_factor,
    people.close,
)


def names(**filters) -> list[str]:
    return [user.username for user in people.page(Filters(**filters), Cursor(20))]


def recorded() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_people_are_found_by_how_a_name_or_a_username_begins(app):
    make_user("ana", display_name="Rosa Vidal")
    make_user("ben", display_name="Ana Lima")
    make_user("anabel")
    assert names() == ["anabel", "ben", "ana"]
    assert names(text="ana") == ["anabel", "ben", "ana"]
    assert names(text="@ANA") == ["anabel", "ben", "ana"]
    assert names(text="rosa v") == ["ana"]
    assert names(text="vidal") == []
    assert names(text="%") == names(text="_") == names(text="@") == names(text="😀") == []


def test_addresses_are_sought_only_for_those_who_may_see_them(app):
    make_user("ana", email="Quilt@example.net")
    assert names(text="quilt@") == []
    assert names(text="Quilt@", sees_addresses=True) == ["ana"]


def test_people_are_found_by_role_and_state(app):
    make_user("ana", role="moderator")
    make_user("ben", email_verified_at=None)
    make_user("cleo", closed_at=utcnow(), email_verified_at=None)
    assert names(role_id=named_role("moderator").id) == ["ana"]
    assert names(state="unconfirmed") == ["ben"]
    assert names(state="closed") == ["cleo"]
    assert names(state="waiting") == []
    assert people.named("CLEO").username == "cleo"
    assert people.named("nobody") is None


@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_on_the_same_or_a_higher_rank(app, act):
    make_role("Helpers", "manage_people", rank=30)
    helper, other = make_user("helper"), make_user("other")
    for person in (helper, other):
        give_role(person, "helpers")
    for above in (other, make_user(role="moderator"), make_user(role="administrator"), helper):
        with pytest.raises(NotAllowedError):
            act(above, Actor(helper))
    assert recorded() == []


def test_each_act_does_what_it_says_and_is_recorded(app):
    by = Actor(make_user(role="administrator"))
    ben = make_user("ben", email_verified_at=None)
    make_token(ben)
    people.verify(ben, by)
    assert ben.is_verified
    people.send_reset_link(ben, by)
    assert people.end_sessions(ben, by) == 0
    assert people.reset_two_factor(ben, by) == (False, 0)
    people.close(ben, by)
    assert not ben.is_active
    assert recorded() == ["verify_address", "send_reset_link", "end_sessions", "close_account"]
    assert db.session.scalars(sa.select(Session).where(Session.user_id == ben.id)).all() == []


def test_nothing_is_done_twice(app):
    ben = make_user("ben")
    with pytest.raises(GoneError):
        people.verify(ben, COMMAND_LINE)
    people.close(ben, COMMAND_LINE)
    for act in (people.close, people.send_reset_link):
        with pytest.raises(GoneError):
            act(ben, COMMAND_LINE)


def test_nobody_is_confirmed_with_the_address_of_another(app):
    ben = make_user("ben", email_verified_at=None)
    ben.email_key += "@invalid"
    with pytest.raises(EmailKnownError):
        people.verify(ben, COMMAND_LINE)


def test_the_last_administrator_stays(app):
    with pytest.raises(LastAdminError):
        people.close(make_user(role="administrator"), COMMAND_LINE)
