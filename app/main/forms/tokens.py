"""Create an API token."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.models.accounts.token import TOKEN_NAME_MAX
from app.services.accounts.tokens import ADMIN_DAYS_MAX, DAYS_DEFAULT
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

    def offer_administration(self) -> None:
        """For staff: a token that acts on people."""
        admin = SelectChoice("admin", _l("Read, write, and administer"))
        self.scope.choices = [*self.scope.choices, admin]

    def validate_days(self, field: Field) -> None:
        if self.scope.data == "admin" and int(field.data) > ADMIN_DAYS_MAX:
            message = _(
                "A token that administers lasts %(days)s days at most.", days=ADMIN_DAYS_MAX
            )
            raise ValidationError(message)
