"""Make an invitation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.web.forms import Form


class InvitationForm(Form):
    uses = SelectField(
        _l("For how many people"),
        choices=[SelectChoice(str(uses), str(uses)) for uses in (1, 5, 10, 25, 100)],
        default="1",
    )
    days = SelectField(
        _l("Works for"),
        choices=[
            SelectChoice("1", _l("1 day")),
            SelectChoice("7", _l("7 days")),
            SelectChoice("30", _l("30 days")),
            SelectChoice("90", _l("90 days")),
        ],
        default="7",
    )
    submit = SubmitField(_l("Create invitation"))
