"""Who may reply in a conversation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.models.posts.post import REPLIES_FROM
from app.web.forms import Form

LABELS = (_l("Everybody"), _l("People I follow"), _l("People I mention"), _l("Nobody"))
REPLY_RULES = list(map(SelectChoice, REPLIES_FROM, LABELS))


class RepliesFromForm(Form):
    """For the whole thread of a post; replies that are there stay."""

    replies_from = RadioField(_l("Who can reply?"), choices=REPLY_RULES)
    submit = SubmitField(_l("Save"))
