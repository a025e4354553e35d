"""What the owner changes about the site while it runs; each field is named like its setting."""

from __future__ import annotations

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, ValidationError

from app.lib import accents
from app.services.site.site_settings import LENGTHS
from app.web.forms import Form, max_length, normalize_line, required
from config import LANGUAGES, PAGE_SIZES, POST_LENGTHS

WHOLE_NUMBER = _l("Use a whole number from %(min)s to %(max)s.")


def readable_color(_form: PlainForm, field: Field) -> None:
    if not accents.is_color(field.data or ""):
        raise ValidationError(_("Choose a color such as #17603f."))
    better = accents.nearest(field.data)
    if better != field.data.lower():
        raise ValidationError(
            _(
                "This is hard to read on the page: its contrast is %(ratio)s, and text needs "
                "%(least)s. The nearest color that works is %(color)s.",
                # Rounded down, or 4.49 would seem enough.
                ratio=format_decimal(int(accents.lowest_contrast(field.data) * 10) / 10),
                least=format_decimal(accents.CONTRAST_MIN),
                color=better,
            )
        )


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
    site_contact = StringField(
        _l("Contact"), [max_length(LENGTHS["SITE_CONTACT"])], [normalize_line]
    )
    accent_color = StringField(
        _l("Accent color"), [required(), readable_color], render_kw={"type": "color"}
    )
    default_language = SelectField(
        _l("Default language"),
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
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
    moderation_log = RadioField(
        _l("Who can read the log of decisions?"),
        choices=[SelectChoice("staff", _l("Moderators")), SelectChoice("everyone", _l("Everyone"))],
    )
    post_max_length = IntegerField(
        _l("Characters in a post"), [NumberRange(*POST_LENGTHS, WHOLE_NUMBER)]
    )
    posts_per_page = IntegerField(_l("Posts on a page"), [NumberRange(*PAGE_SIZES, WHOLE_NUMBER)])
    submit = SubmitField(_l("Save"))
