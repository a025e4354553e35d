"""Turn on two-factor sign-in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, SubmitField

from app.web.forms import ONE_TIME_CODE, Form, required


class AuthenticatorForm(Form):
    code = StringField(_l("Code from the app"), [required()], render_kw=ONE_TIME_CODE)
    draft = HiddenField()
    submit = SubmitField(_l("Turn on"))
