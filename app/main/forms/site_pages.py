"""A page of the site in one language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SubmitField, TextAreaField

from app.models.site.site_page import BODY_MAX
from app.web.forms import Form, max_length, normalize_text


class SitePageForm(Form):
    body = TextAreaField(_l("Text"), [max_length(BODY_MAX)], [normalize_text])
    preview = SubmitField(_l("Preview"))
    submit = SubmitField(_l("Save"))
