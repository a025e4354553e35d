"""Create an API token."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.models.accounts.token import TOKEN_NAME_MAX
from app.services.accounts.tokens import DAYS_DEFAULT
from app.web.forms import OwnPasswordForm, max_length, normalize_line, required


class TokenForm(OwnPasswordForm):
    name = StringField(_l("Name"), [required(), max_length(TOKEN_NAME_MAX)], [normalize_line])
    scope = RadioField(
        _l("What it can do"),
        choices=[SelectChoice("read", _l("Read")), SelectChoice("write", _l("Read and write"))],
        default="read",
    )
    days = SelectField(
        _l("Expires in"),
        choices=[
            SelectChoice("30", _l("30 days")),
            SelectChoice("90", _l("90 days")),
            SelectChoice("180", _l("180 days")),
            SelectChoice("365", _l("1 year")),
        ],
        default=str(DAYS_DEFAULT),
    )
    submit = SubmitField(_l("Create token"))
