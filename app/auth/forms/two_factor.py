"""Show who one is by one of several means, each in a form of its own on the same page."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, PasswordField, StringField, SubmitField

from app.services.accounts import passwords, two_factor
from app.web.forms import CURRENT_PASSWORD, ONE_TIME_CODE, RECOVERY_CODE, Form
from app.web.rate_limits import own_password, second_factor
from app.web.viewer import member


class _AlternativesForm(Form):
    """A form of which one of several fields is sent, and has to be filled in."""

    alternatives: tuple[str, ...] = ()
    next = HiddenField()

    @property
    def given(self) -> Field:
        """The field that was filled in, else the one that was sent."""
        sent = [name for name in self.alternatives if name in request.form]
        filled = [name for name in sent if self[name].data]
        return self[(filled or sent or self.alternatives)[0]]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        if super().validate(*args, **kwargs) and self.given.data:
            return True
        self.refuse(self.given, _("Please fill this in."))
        return False


class CodeForm(_AlternativesForm):
    alternatives = ("code", "recovery_code")
    code = StringField(_l("Code from your app"), render_kw=ONE_TIME_CODE)
    recovery_code = StringField(_l("Recovery code"), render_kw=RECOVERY_CODE)
    submit = SubmitField(_l("Sign in"))


class SudoForm(_AlternativesForm):
    alternatives = ("password", "code")
    password = PasswordField(_l("Your password"), render_kw=CURRENT_PASSWORD)
    code = StringField(_l("Code from your app"), render_kw=ONE_TIME_CODE)
    submit = SubmitField(_l("Continue"))

    def is_confirmed(self) -> bool:
        """Whether the password or the code is right; adds an error to the field if not."""
        if self.given is self.code:
            second_factor.hit(member())
            with self.errors_under(self.code):
                two_factor.use_code(member(), self.code.data)
                second_factor.refund(member())
        else:
            own_password.hit()
            with self.errors_under(self.password):
                passwords.check_own(member(), self.password.data)
                own_password.refund()
        return not self.errors
