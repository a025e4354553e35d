"""The form that mutes somebody."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.services.community.mutes import DURATIONS
from app.web.forms import Form

LABELS = (_l("For good"), _l("For a day"), _l("For a week"))


class MuteForm(Form):
    """For how long, and whether their notifications are hidden too."""

    days = RadioField(
        _l("How long?"), choices=list(map(SelectChoice, DURATIONS, LABELS)), coerce=int, default=0
    )
    notifications = BooleanField(_l("Hide their notifications too"), default=True)
    submit = SubmitField(_l("Mute"))
