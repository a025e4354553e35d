"""Forms of the settings pages."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.lib.dates import is_time_zone
from app.main.forms.visibilities import VISIBILITIES
from app.models.accounts.user import ABOUT_ME_MAX, DISPLAY_NAME_MAX
from app.web.forms import (
    CURRENT_PASSWORD,
    EMAIL,
    NEW_PASSWORD,
    USERNAME,
    Form,
    OwnPasswordForm,
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
from app.web.viewer import member


def known_time_zone(_form: PlainForm, field: Field) -> None:
    if not is_time_zone(field.data or ""):
        raise ValidationError(_("We don't know this time zone. Choose another."))


class ProfileForm(Form):
    display_name = StringField(
        _l("Display name"),
        [max_length(DISPLAY_NAME_MAX)],
        [normalize_line],
        render_kw={"autocomplete": "name"},
    )
    about_me = TextAreaField(_l("Bio"), [max_length(ABOUT_ME_MAX)], [normalize_text])
    submit = SubmitField(_l("Save"))


class UsernameForm(Form):
    username = StringField(
        _l("Username"),
        [required(), valid_username],
        [strip],
        render_kw=USERNAME,
    )
    submit = SubmitField(_l("Change username"))


class EmailChangeForm(OwnPasswordForm):
    email = StringField(
        _l("New email address"),
        [required(), valid_email],
        [strip],
        render_kw=EMAIL,
    )
    submit = SubmitField(_l("Change address"))


class PasswordForm(Form):
    old_password = PasswordField(_l("Current password"), [required()], render_kw=CURRENT_PASSWORD)
    password = PasswordField(
        _l("New password"),
        [
            required(),
            strong_password(lambda _: [member().username, member().email, member().display_name]),
        ],
        render_kw=NEW_PASSWORD,
    )
    password2 = PasswordField(
        _l("Confirm new password"), [required(), same_as("password")], render_kw=NEW_PASSWORD
    )
    submit = SubmitField(_l("Change password"))


class AppearanceForm(Form):
    language = SelectField(_l("Language"))
    # More names are accepted than are listed: browsers know cities by older ones too.
    time_zone = SelectField(_l("Time zone"), [known_time_zone], validate_choice=False)
    theme = RadioField(
        _l("Theme"),
        choices=[
            SelectChoice("system", _l("Same as device")),
            SelectChoice("light", _l("Light")),
            SelectChoice("dark", _l("Dark")),
        ],
    )
    uses_shortcuts = BooleanField(_l("Keyboard shortcuts"))
    submit = SubmitField(_l("Save"))


class PrivacyForm(Form):
    approves_followers = BooleanField(_l("Approve my followers"))
    default_visibility = SelectField(_l("Who can see what I post"), choices=VISIBILITIES)
    hides_follows = BooleanField(_l("Hide whom I follow and who follows me"))
    is_discoverable = BooleanField(_l("Show me in the list of people and in searches for people"))
    is_indexable = BooleanField(_l("Let search engines find me"))
    shows_last_seen = BooleanField(_l("Show on my profile when I was last here"))
    messages_from = RadioField(
        _l("Who can message you"),
        choices=[
            SelectChoice("everyone", _l("Everyone")),
            SelectChoice("followed", _l("People you follow")),
            SelectChoice("nobody", _l("No one")),
        ],
    )
    submit = SubmitField(_l("Save"))


class CloseAccountForm(OwnPasswordForm):
    submit = SubmitField(_l("Close my account"))
