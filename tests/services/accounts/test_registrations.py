"""Who may join below the front door: by the mode that is in force now, and by invitation."""

from __future__ import annotations

import pytest

from app import db
from app.models import Application, Invitee, User
from app.services.accounts import invitations, registrations
from app.services.accounts.registrations import JoinRequest
from app.services.errors import (
    EmailKnownError,
    InvitationError,
    InvitationNeededError,
    ReasonNeededError,
    RegistrationClosedError,
    UsernameTakenError,
)
from app.services.site import site_settings
from app.services.site.audit import COMMAND_LINE
from tests.support import mailbox
from tests.support.factories import PASSWORD, make_user

EMAIL = ("dora@example.com", "dora@example.com")


def set_mode(mode: str) -> None:
    """As another process would; this one has not heard of it yet."""
    site_settings.change({"REGISTRATION": mode}, COMMAND_LINE)
    db.session.commit()


def code_by(maker: User | None, uses: int = 1) -> str:
    code = invitations.code_of(invitations.create(maker, uses, days=7))
    db.session.commit()
    return code


@pytest.fixture
def sam(app) -> User:
    return make_user("sam", role="admin")


def test_registering_with_a_known_address_mails_its_owner_alone(app, ana):
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    dora = registrations.register("dora", (ana.email, ana.email_key), PASSWORD)
    db.session.commit()
    assert (dora.email, dora.owns_email, ana.owns_email) == (ana.email, False, True)
    assert mailbox.carry_out() == [("You already have an account", ana.email)]


def test_without_mail_a_known_address_is_told(ana):
    with pytest.raises(EmailKnownError):
        registrations.register("dora", (ana.email, ana.email_key), PASSWORD)


def test_a_site_that_closed_a_moment_ago_takes_nobody(app, sam):
    code = code_by(sam)
    set_mode("closed")
    assert app.config["REGISTRATION"] == "open"
    for invite in ("", code):
        with pytest.raises(RegistrationClosedError):
            registrations.register("dora", EMAIL, PASSWORD, join_request=JoinRequest(invite=invite))


def test_by_invitation_nobody_joins_without(app, sam):
    set_mode("invite")
    with pytest.raises(InvitationNeededError):
        registrations.register("dora", EMAIL, PASSWORD)
    with pytest.raises(InvitationError):
        registrations.register("dora", EMAIL, PASSWORD, join_request=JoinRequest(invite="x" * 28))
    dora = registrations.register(
        "dora", EMAIL, PASSWORD, join_request=JoinRequest(invite=code_by(sam))
    )
    assert db.session.get_one(Invitee, dora.id).inviter_id == sam.id


def test_on_an_open_site_an_invitation_that_does_not_work_is_no_hindrance(app, sam):
    code = code_by(sam)
    assert (
        registrations.register(
            "dora", EMAIL, PASSWORD, join_request=JoinRequest(invite=code)
        ).username
        == "dora"
    )
    db.session.commit()
    other = ("eva@example.com", "eva@example.com")
    eva = registrations.register("eva", other, PASSWORD, join_request=JoinRequest(invite=code))
    assert db.session.get(Invitee, eva.id) is None


def test_who_fails_to_join_uses_nothing_up(app, sam):
    code = code_by(sam)
    with pytest.raises(UsernameTakenError):
        registrations.register("sam", EMAIL, PASSWORD, join_request=JoinRequest(invite=code))
    db.session.rollback()
    assert registrations.register("dora", EMAIL, PASSWORD, join_request=JoinRequest(invite=code))


def test_who_needs_approval_says_why_and_waits(app, sam):
    set_mode("approval")
    with pytest.raises(ReasonNeededError):
        registrations.register("dora", EMAIL, PASSWORD)
    dora = registrations.register(
        "dora", EMAIL, PASSWORD, join_request=JoinRequest(reason="I bake.")
    )
    assert dora.is_applicant
    assert db.session.get_one(Application, dora.id).reason == "I bake."


def test_an_invitation_goes_past_the_queue(app, sam):
    set_mode("approval")
    code = code_by(sam)
    dora = registrations.register("dora", EMAIL, PASSWORD, join_request=JoinRequest(invite=code))
    db.session.commit()
    assert not dora.is_applicant
    # Used up: by itself it lets nobody in, and a reason leads to the queue.
    other = ("eva@example.com", "eva@example.com")
    with pytest.raises(InvitationError):
        registrations.register("eva", other, PASSWORD, join_request=JoinRequest(invite=code))
    eva = registrations.register(
        "eva", other, PASSWORD, join_request=JoinRequest(code, "I bake, too.")
    )
    assert eva.is_applicant
