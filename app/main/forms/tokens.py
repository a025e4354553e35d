"""Make a token for a program."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, RadioField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.models.accounts.token import TOKEN_NAME_MAX
from app.services.accounts.tokens import DAYS_DEFAULT
from app.web.forms import CURRENT_PASSWORD, Form, at_most, required, tidy_line


class TokenForm(Form):
    name = StringField(_l("What it is for"), [required(), at_most(TOKEN_NAME_MAX)], [tidy_line])
    scope = RadioField(
        _l("What it may do"),
        choices=[SelectChoice("read", _l("Read")), SelectChoice("write", _l("Read and write"))],
        default="read",
    )
    days = SelectField(
        _l("How long it works"),
        choices=[
            SelectChoice("30", _l("30 days")),
            SelectChoice("90", _l("90 days")),
            SelectChoice("180", _l("180 days")),
            SelectChoice("365", _l("A year")),
        ],
        default=str(DAYS_DEFAULT),
    )
    password = PasswordField(_l("Your password"), [required()], render_kw=CURRENT_PASSWORD)
    submit = SubmitField(_l("Make the token"))
