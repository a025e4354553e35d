"""What the owner changes about the site while it runs; each field is named like its setting."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, SubmitField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.services.site.site_settings import LENGTHS
from app.web.forms import Form, max_length, normalize_line, required


def _answers_the_question(form: Form, field: StringField) -> None:
    if form.join_question and form.join_question.data and not field.data:
        raise ValidationError(_("Write at least one answer, or nobody could join."))


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
    join_question = StringField(
        _l("Question for new members"), [max_length(LENGTHS["JOIN_QUESTION"])], [normalize_line]
    )
    join_answers = StringField(
        _l("Accepted answers"),
        [max_length(LENGTHS["JOIN_ANSWERS"]), _answers_the_question],
        [normalize_line],
    )
    submit = SubmitField(_l("Save"))
