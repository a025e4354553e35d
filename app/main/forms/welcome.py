"""The first step of the welcome."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SubmitField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.models.accounts.user import ABOUT_ME_MAX
from app.web.forms import Form, max_length, normalize_text
from config import LANGUAGES


class WelcomeForm(Form):
    language = RadioField(
        _l("Language of the pages"),
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
    )
    about_me = TextAreaField(_l("About you"), [max_length(ABOUT_ME_MAX)], [normalize_text])
    submit = SubmitField(_l("Save and continue"))
