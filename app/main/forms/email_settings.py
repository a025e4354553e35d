"""Which emails somebody wants, of those that one can do without."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SubmitField

from app.web.forms import Form


class EmailSettingsForm(Form):
    """Each field is named like a kind of email."""

    cases_waiting = BooleanField(_l("New cases and appeals"))
    applications_waiting = BooleanField(_l("People who ask to join"))
    submit = SubmitField(_l("Save"))
