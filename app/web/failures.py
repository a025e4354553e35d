"""The one table of failures: what each means to people and to API clients.

Services raise; routes and commands do not catch. `errors/` looks here for a page or a JSON problem,
forms for the message under a field, `web/commands.py` for the line that ends a command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.services import errors
from app.services.errors import ProductError
from app.web.viewer import member

BASIC_CHALLENGE = 'Basic realm="API", charset="UTF-8"'


@dataclass(frozen=True)
class Failure:
    """A status, a message, and details for individual surfaces."""

    status: int
    # Shown to people; the API responds in English. Empty: the default text of the status.
    message: str = ""
    # A page that flashes the message, instead of an error page.
    redirects_to: Callable[[Any], str] | None = None
    # The name of the invalid value, for API clients.
    field: str | None = None
    challenge: str | None = None


def _address_refusal() -> str:
    if contact := current_app.config["SITE_CONTACT"]:
        return str(
            _(
                "We can't accept this email address. If you think that's a mistake, write to: "
                "%(contact)s",
                contact=contact,
            )
        )
    return str(
        _(
            "We can't accept this email address. If you think that's a mistake, ask the owner of "
            "this site."
        )
    )


def _network_refusal() -> str:
    if contact := current_app.config["SITE_CONTACT"]:
        return str(
            _(
                "We can't create accounts from this network. If you think that's a mistake, write "
                "to: %(contact)s",
                contact=contact,
            )
        )
    return str(
        _(
            "We can't create accounts from this network. If you think that's a mistake, ask the "
            "owner of this site."
        )
    )


FAILURES: dict[type[ProductError], Failure] = {
    errors.NotAllowedError: Failure(403),
    errors.NotVerifiedError: Failure(
        403,
        _l("Please confirm your email address first."),
        redirects_to=lambda _error: url_for("auth.resend_verification"),
    ),
    errors.SelfFollowError: Failure(
        403,
        _l("You can't follow yourself."),
        redirects_to=lambda _error: url_for("main.user", username=member().username),
    ),
    errors.SelfBlockError: Failure(
        403,
        _l("You can't block or mute yourself."),
        redirects_to=lambda _error: url_for("main.user", username=member().username),
    ),
    errors.MessageRefusedError: Failure(
        403, _l("This person doesn't accept messages from you. Your message wasn't sent.")
    ),
    errors.RepeatedPostError: Failure(
        409,
        _l("You just posted this."),
        redirects_to=lambda error: url_for("main.post", post_id=error.post_id),
    ),
    errors.RepeatedMessageError: Failure(409, _l("You just sent this.")),
    errors.GoneError: Failure(410),
    errors.SuspendedError: Failure(403, _l("This account is suspended.")),
    errors.NothingToHideError: Failure(
        422, _l("There's no post to hide. Choose something else."), field="action"
    ),
    errors.UsernameTakenError: Failure(
        400, _l("This username is taken. Try another."), field="username"
    ),
    errors.EmailTakenError: Failure(
        409,
        _l("This address is now used by another account."),
        redirects_to=lambda _error: url_for("main.front"),
    ),
    errors.EmailKnownError: Failure(
        400,
        _l("There's already an account with this address. If it's yours, sign in."),
        field="email",
    ),
    errors.RegistrationClosedError: Failure(
        403, _l("This site isn't taking new members right now.")
    ),
    errors.InvitationError: Failure(
        403, _l("This invitation doesn't work anymore. Ask for a new one."), field="invite"
    ),
    errors.InvitationNeededError: Failure(
        403, _l("You need an invitation to join this site."), field="invite"
    ),
    errors.ReasonNeededError: Failure(
        403, _l("Say in a few words why you'd like to join."), field="reason"
    ),
    errors.WrongAnswerError: Failure(403, _l("That's not the answer. Try again."), field="answer"),
    errors.BlockedAddressError: Failure(403, LazyString(_address_refusal), field="email"),
    errors.BlockedNetworkError: Failure(403, LazyString(_network_refusal)),
    # As for the names that nobody can have.
    errors.BlockedUsernameError: Failure(
        403, _l("This username is reserved. Try another."), field="username"
    ),
    errors.AlreadyBlockedError: Failure(409, _l("This is blocked already."), field="value"),
    errors.NotAcceptedError: Failure(
        403,
        _l("Your application is still waiting."),
        redirects_to=lambda _error: url_for("auth.waiting"),
    ),
    errors.WiderVisibilityError: Failure(
        409,
        _l("You can let fewer people see a post later, but not more."),
        field="visibility",
    ),
    errors.NotRepostableError: Failure(
        403,
        _l("Posts for followers can't be reposted."),
        redirects_to=lambda error: url_for("main.post", post_id=error.post_id),
    ),
    errors.NotFollowingError: Failure(
        409,
        _l("You don't follow this person anymore."),
        redirects_to=lambda error: url_for("main.user", username=error.username),
    ),
    errors.TooManyTagsError: Failure(
        409,
        _l("You're following as many tags as you can. Unfollow one first."),
        redirects_to=lambda _error: url_for("main.tag_list"),
    ),
    errors.TooManyPinsError: Failure(
        409,
        _l("You can pin five posts. Unpin another one first."),
        redirects_to=lambda _error: url_for("main.user", username=member().username),
    ),
    errors.TooManyDraftsError: Failure(
        409,
        _l("You have as many drafts as you can have. Delete one you don't need first."),
        redirects_to=lambda _error: url_for("main.draft_list"),
    ),
    errors.TooManyScheduledError: Failure(
        409,
        _l("You've scheduled as many posts as you can. Publish or delete one first."),
        redirects_to=lambda _error: url_for("main.scheduled_list"),
    ),
    errors.ScheduleRangeError: Failure(
        422, _l("Choose a time from 5 minutes to a year from now."), field="publish_on"
    ),
    errors.TooManyFiltersError: Failure(
        409,
        _l("You have as many filters as you can have. Delete one you don't need first."),
        redirects_to=lambda _error: url_for("main.filter_settings"),
    ),
    errors.RepliesClosedError: Failure(
        403,
        _l("Whoever started this conversation has limited who can reply."),
        redirects_to=lambda error: url_for("main.post", post_id=error.post_id),
    ),
    errors.TooManyInvitationsError: Failure(
        409, _l("You've reached the limit of invitations. Revoke one first.")
    ),
    errors.TooSoonError: Failure(
        409, _l("You changed your address recently. You can change it again after a week.")
    ),
    errors.TooManyMailsError: Failure(
        429, _l("We've already emailed you about this several times today. Try again tomorrow.")
    ),
    errors.UnknownSettingError: Failure(404, "There is no such setting."),
    errors.FixedSettingError: Failure(409, "The environment sets this. Change it there."),
    errors.SettingValueError: Failure(422),
    errors.RoleNameError: Failure(422, _l("Use 1 to 30 characters."), field="name"),
    errors.RoleNameTakenError: Failure(
        409, _l("Another role has this name. Try another."), field="name"
    ),
    errors.BuiltinRoleError: Failure(
        409, _l("Every site needs this role. It can't be renamed, deleted, or changed like this.")
    ),
    errors.RoleChangedError: Failure(
        409,
        _l("Someone else has changed this role in the meantime. Here's how it is now."),
        redirects_to=lambda error: url_for("main.edit_role", role_id=error.role_id),
    ),
    errors.UnknownRuleError: Failure(404, _l("There's no such rule.")),
    errors.RuleTitleError: Failure(
        422, _l("Give the rule a title in each language that you write it in.")
    ),
    errors.TooManyRulesError: Failure(
        409, _l("You've reached the limit of rules. Remove one first.")
    ),
    errors.TextTooLongError: Failure(422),
    errors.LastAdminError: Failure(
        409, _l("This is the last administrator. Make someone else one first.")
    ),
    errors.AdministratorExistsError: Failure(
        409, "This site already has an administrator, who can make others."
    ),
    errors.RepeatedTokenError: Failure(
        409,
        _l("You already have a token with this name. Revoke it first, or choose another name."),
    ),
    errors.TooManyTokensError: Failure(
        409, _l("You've reached the limit of tokens. Revoke one first.")
    ),
    errors.ExportRunningError: Failure(
        409,
        _l("Your archive is already being created."),
        redirects_to=lambda _error: url_for("main.export_settings"),
    ),
    errors.KeyReusedError: Failure(409, "This idempotency key was used for another request."),
    errors.CredentialsError: Failure(
        401, _l("Wrong username, email, or password."), challenge=BASIC_CHALLENGE
    ),
    errors.WrongPasswordError: Failure(403, _l("Wrong password.")),
    errors.WrongCodeError: Failure(
        401,
        _l("This code isn't right, or it was used before."),
        field="code",
        challenge=BASIC_CHALLENGE,
    ),
    errors.CodeRequiredError: Failure(
        401,
        _l("This account also asks for a code from an authenticator app."),
        field="code",
        challenge=BASIC_CHALLENGE,
    ),
    errors.PasskeyRefusedError: Failure(
        403, _l("This passkey didn't work. Try again, or use another way.")
    ),
    errors.TooManyPasskeysError: Failure(
        409, _l("You've reached the limit of passkeys. Remove one first.")
    ),
    errors.SecondFactorNeededError: Failure(
        403,
        _l("Your role needs a second factor first."),
        redirects_to=lambda _error: url_for("main.two_factor_settings"),
    ),
    errors.LastFactorError: Failure(
        409,
        _l("Your role needs a second factor, so the last one stays. Add another one first."),
        redirects_to=lambda _error: url_for("main.two_factor_settings"),
    ),
    errors.TwoFactorStateError: Failure(
        409,
        _l("This has changed in the meantime. Here's how it is now."),
        redirects_to=lambda _error: url_for("main.two_factor_settings"),
    ),
    errors.AnnouncementError: Failure(
        422,
        _l("An announcement needs a text of at most 500 characters, and no end before its start."),
    ),
    errors.NoTestMailError: Failure(
        409,
        _l("No test email: the address isn't confirmed, or it got five of them today."),
        redirects_to=lambda _error: url_for("main.admin"),
    ),
    errors.RepeatedCodesError: Failure(
        409,
        _l("You already made new codes. If you didn't save them, make new ones again."),
        redirects_to=lambda _error: url_for("main.two_factor_settings"),
    ),
    errors.TransferError: Failure(500),
}


def failure_of(error: ProductError) -> Failure:
    """The row of `error`'s class, or else that of its closest base class."""
    return next(FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES)


def message_of(error: ProductError) -> str:
    """What `error` says to people: its own text, or the message of its row."""
    return str(error) or str(failure_of(error).message)
