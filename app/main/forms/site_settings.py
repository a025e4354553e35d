"""What the owner changes about the site while it runs; each field is named like its setting."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, SubmitField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.services.site.site_settings import LENGTHS
from app.web.forms import Form, max_length, normalize_line, required


class SiteSettingsForm(Form):
    site_name = StringField(
        _l("Name"), [required(), max_length(LENGTHS["SITE_NAME"])], [normalize_line]
    )
    site_description = TextAreaField(
        _l("Description"), [max_length(LENGTHS["SITE_DESCRIPTION"])], [normalize_line]
    )
    registration = RadioField(
        _l("Who can join?"),
        choices=[
            SelectChoice("open", _l("Everyone")),
            SelectChoice("approval", _l("Everyone, after approval")),
            SelectChoice("invite", _l("Invited people")),
            SelectChoice("closed", _l("No one")),
        ],
    )
    submit = SubmitField(_l("Save"))
