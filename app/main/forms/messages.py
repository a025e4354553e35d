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
    # Made with the page: the same page sent twice is one message.
    form_key = HiddenField(default=lambda: random_token(16), validators=[max_length(64)])
    # The newest message that the page showed: whoever answers has read up to it.
    seen = HiddenField()
    submit = SubmitField(_l("Send"))
