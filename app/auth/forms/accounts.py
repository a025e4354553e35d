"""Sign in, register, and request emails with links."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from app.models.accounts.application import REASON_MAX
from app.services.accounts import accounts, registrations
from app.services.errors import EmailKnownError, UsernameTakenError, WrongAnswerError
from app.web import form_stamps
from app.web.failures import message_of
from app.web.form_stamps import Verdict
from app.web.forms import (
    CURRENT_PASSWORD,
    EMAIL,
    NEW_PASSWORD,
    USERNAME,
    Form,
    max_length,
    normalize_line,
    normalize_text,
    required,
    same_as,
    strip,
    strong_password,
    valid_email,
    valid_username,
)
from app.web.rate_limits.rules import hit, per_network

ANSWER_MAX = 200
# Fewer than other attempts: many questions have few likely answers.
WRONG_ANSWERS = per_network("10/hour")


class LoginForm(Form):
    username = StringField(
        _l("Username or email"),
        [required()],
        [strip],
        render_kw={**USERNAME, "autofocus": True},
    )
    password = PasswordField(_l("Password"), [required()], render_kw=CURRENT_PASSWORD)
    remember_me = BooleanField(_l("Keep me signed in on this device"))
    next = HiddenField()
    time_zone = HiddenField()
    submit = SubmitField(_l("Sign in"))


def _free_username(_form: Form, field: StringField) -> None:
    """So that everything wrong is said at once; whoever is faster still gets the name."""
    if not accounts.is_username_free(field.data):
        raise ValidationError(message_of(UsernameTakenError()))


def _new_email(_form: Form, field: StringField) -> None:
    try:
        accounts.is_email_known(field.parsed[1])
    except EmailKnownError as error:
        raise ValidationError(message_of(error)) from None


def _right_answer(_form: Form, field: StringField) -> None:
    if not registrations.is_answer(field.data):
        hit("join-answer", WRONG_ANSWERS)
        raise ValidationError(message_of(WrongAnswerError()))


class AccountForm(Form):
    """What every new account needs."""

    username = StringField(
        _l("Username"),
        [required(), valid_username, _free_username],
        [strip],
        render_kw={**USERNAME, "autofocus": True},
    )
    email = StringField(
        _l("Email address"),
        [required(), valid_email, _new_email],
        [strip],
        render_kw=EMAIL,
    )
    password = PasswordField(
        _l("Password"),
        [
            required(),
            strong_password(lambda form: [form.username.data or "", form.email.data or ""]),
        ],
        render_kw=NEW_PASSWORD,
    )
    password2 = PasswordField(
        _l("Confirm password"), [required(), same_as("password")], render_kw=NEW_PASSWORD
    )
    time_zone = HiddenField()
    submit = SubmitField(_l("Create account"))


class RegistrationForm(AccountForm):
    # Only where somebody has to let people in, and no invitation does.
    reason = TextAreaField(
        _l("Why would you like to join?"), [required(), max_length(REASON_MAX)], [normalize_text]
    )
    # Only where the site asks something, and no invitation speaks for them.
    answer = StringField(
        validators=[required(), max_length(ANSWER_MAX), _right_answer],
        filters=[normalize_line],
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )
    invite = HiddenField()
    # Nobody sees it: what fills in whatever there is gives itself away.
    website = StringField(
        _l("Leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"}
    )
    stamp = HiddenField(default=form_stamps.issue)

    def junk_reason(self) -> str | None:
        """Why no person seems to have sent this, or not lately; adds an error to the form.

        Nothing else is looked at then, so the answer is the same for all of them.
        """
        verdict = form_stamps.verdict_on(self.stamp.data or "")
        if verdict is Verdict.TOO_OLD and not self.website.data:
            text = _(
                "This page was open for a long time. Check what you filled in, and send it again."
            )
        elif self.website.data or verdict is not Verdict.GOOD:
            text = _(
                "We can't tell whether a person sent this. Wait a few seconds, and send it again."
            )
        else:
            return None
        if verdict in (Verdict.TOO_OLD, Verdict.FORGED):
            self.stamp.data = form_stamps.issue()
        reason = "honeypot" if self.website.data else verdict.value
        self.website.data = ""
        self.form_errors.append(text)
        return reason


class EmailForm(Form):
    email = StringField(
        _l("Email address"),
        [required(), valid_email],
        [strip],
        render_kw={**EMAIL, "autofocus": True},
    )
    submit = SubmitField(_l("Send link"))


class ResetPasswordForm(Form):
    password = PasswordField(
        _l("New password"),
        [required(), strong_password(lambda form: form.personal)],
        render_kw={**NEW_PASSWORD, "autofocus": True},
    )
    password2 = PasswordField(
        _l("Confirm new password"), [required(), same_as("password")], render_kw=NEW_PASSWORD
    )
    submit = SubmitField(_l("Set password"))

    # Known facts about the user that must not be in the password.
    personal: tuple[str, ...] = ()
