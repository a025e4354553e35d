"""Add a passkey."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from app.models.accounts.passkey import PASSKEY_NAME_MAX
from app.web.forms import Form, max_length, normalize_line, required


class PasskeyForm(Form):
    name = StringField(
        _l("Name"),
        [required(), max_length(PASSKEY_NAME_MAX)],
        [normalize_line],
        render_kw={"autocomplete": "off"},
    )
