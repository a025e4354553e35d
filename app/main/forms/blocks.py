"""The form that imports a list of people, to block or to mute."""

from __future__ import annotations

from flask import request
from flask_babel import format_number, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, SubmitField
from wtforms import Form as PlainForm
from wtforms.validators import StopValidation

from app.lib.username_lists import parse_usernames
from app.web.forms import Form

# So many fit into a request.
NAMES_MAX = 1000


def file_of_usernames(_form: PlainForm, field: FileField) -> None:
    """Set `field.usernames` to the names in the uploaded CSV."""
    upload = request.files.get(field.name)
    try:
        text = upload.read().decode("utf-8-sig") if upload else ""
    except UnicodeDecodeError:
        text = ""
    names = [] if "\0" in text else parse_usernames(text)
    if not names:
        raise StopValidation(_("Choose a CSV file with one username per line."))
    if len(names) > NAMES_MAX:
        message = ngettext(
            "A file can have up to %(most)s name.",
            "A file can have up to %(most)s names. Split yours.",
            NAMES_MAX,
            most=format_number(NAMES_MAX),
        )
        raise StopValidation(message)
    field.usernames = names


class ImportForm(Form):
    """A list to import."""

    file = FileField(
        _l("CSV file"),
        [file_of_usernames],
        render_kw={"accept": ".csv,text/csv,text/plain", "required": True},
    )
    submit = SubmitField(_l("Import"))
