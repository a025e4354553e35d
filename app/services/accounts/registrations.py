"""Joining the site: who may, by the mode of registration, and the account that it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import current_app

from app.database.transactions import restart_for_write
from app.lib.blocklist_values import Address
from app.lib.search.folding import fold
from app.models import Invitation, User
from app.services.accounts import accounts, applications, blocklist, invitations, passwords
from app.services.accounts.links import Purpose
from app.services.errors import (
    EmailKnownError,
    EmailTakenError,
    InvitationError,
    InvitationNeededError,
    ReasonNeededError,
    RegistrationClosedError,
    WrongAnswerError,
)
from app.services.messages import mails
from app.services.site import site_settings

# Between two accepted answers, in any script.
ANSWER_END = re.compile("[,;\uff0c\uff1b\u3001]")


@dataclass(frozen=True)
class JoinRequest:
    """What comes with a registration: the code of an invitation, or a reason to join."""

    invite: str = ""
    reason: str = ""
    # What they answer to the question of the site.
    answer: str = ""
    # Where they are, for those who decide; and from where exactly, for the block list.
    network: str = ""
    client: Address | None = None


NO_INVITATION = JoinRequest()


def register(
    username: str,
    email: tuple[str, str],
    password: str,
    *,
    join_request: JoinRequest = NO_INVITATION,
    time_zone: str | None = None,
    language: str | None = None,
) -> User:
    """Add a member, and send the link that confirms their address.

    Where addresses must be confirmed, a known one makes a member who cannot confirm it and whom
    only they themselves see: whoever asks learns nothing, and only the owner of the address does,
    by email. Elsewhere EmailKnownError is raised. Usernames are public: raises UsernameTakenError.
    Whom the site does not take gets RegistrationClosedError or InvitationError. Where somebody
    decides, those without an invitation become applicants and have to say why. Raises
    WrongAnswerError without an answer to the question of the site, and what `require_allowed`
    raises for what is blocked. Restarts the transaction.
    """
    blocklist.require_allowed(email_key=email[1], username=username, client=join_request.client)
    blocklist.require_allowed_mail_hosts(email[1])
    password_hash = passwords.hash_password(password)
    restart_for_write()
    invitation = _admit(join_request)
    key = accounts.unowned_key() if accounts.is_email_known(email[1]) else email[1]

    def add(key: str) -> User:
        address = (email[0], key)
        return accounts.create(
            username, address, password_hash, time_zone=time_zone, language=language
        )

    try:
        user = add(key)
    except EmailTakenError:
        # A concurrent registration was faster.
        if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
            raise EmailKnownError from None
        user = add(accounts.unowned_key())
    if invitation is not None:
        invitations.record_invitee(user, invitation)
    elif current_app.config["REGISTRATION"] == "approval":
        applications.apply(user, join_request.reason, join_request.network)
    mails.queue("verify_email", user, link=Purpose.VERIFY)
    return user


def takes(invitation: Invitation | None) -> bool:
    """Whether whoever comes now can join, with or without an invitation that works."""
    mode = current_app.config["REGISTRATION"]
    return mode in ("open", "approval") or (mode != "closed" and invitation is not None)


def needs_reason(invitation: Invitation | None) -> bool:
    """Whether whoever comes now has to say why, since somebody decides."""
    return current_app.config["REGISTRATION"] == "approval" and invitation is None


def question() -> str:
    """What the site asks those who join; empty where it asks nothing."""
    text = current_app.config["JOIN_QUESTION"]
    return str(text) if text and _answers() else ""


def needs_answer(invitation: Invitation | None) -> bool:
    """Whether whoever comes now has to answer the question of the site."""
    return bool(question()) and invitation is None


def is_answer(text: str) -> bool:
    """Whether `text` answers the question; case, accents and spaces make no difference."""
    return fold(text) in _answers()


def _answers() -> set[str]:
    accepted = ANSWER_END.split(current_app.config["JOIN_ANSWERS"])
    return {fold(answer) for answer in accepted} - {""}


def _require_answer(join_request: JoinRequest) -> None:
    if question() and not is_answer(join_request.answer):
        raise WrongAnswerError


def _admit(join_request: JoinRequest) -> Invitation | None:
    """Check the mode as it is now, and take one use of the invitation."""
    site_settings.refresh_now()
    mode = current_app.config["REGISTRATION"]
    if mode == "closed":
        raise RegistrationClosedError
    if not join_request.invite:
        if mode == "invite":
            raise InvitationNeededError
        if mode == "approval" and not join_request.reason:
            raise ReasonNeededError
        _require_answer(join_request)
        return None
    try:
        return invitations.use(join_request.invite)
    except InvitationError:
        # Whoever has given a reason may wait in the queue without it.
        if mode == "open" or (mode == "approval" and join_request.reason):
            _require_answer(join_request)
            return None
        raise
