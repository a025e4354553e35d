"""Write a private message."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SubmitField, TextAreaField

from app.lib.tokens import random_token
from app.models.messages.message import MESSAGE_MAX
from app.web.forms import Form, max_length, normalize_text, required


class MessageForm(Form):
    message = TextAreaField(
        _l("Your message"), [required(), max_length(MESSAGE_MAX)], [normalize_text]
    )
    # Created with the page, so that submitting the page twice sends one message.
    form_key = HiddenField(default=lambda: random_token(16), validators=[max_length(64)])
    # The newest message on the page: a reply marks everything up to it as read.
    seen = HiddenField()
    submit = SubmitField(_l("Send"))
