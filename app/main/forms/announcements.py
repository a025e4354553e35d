"""Make an announcement: a text in each language, when it begins and ends."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import to_utc
from wtforms import DateTimeLocalField, Field, SubmitField, TextAreaField
from wtforms.validators import Optional, ValidationError

from app.lib.dates import utcnow
from app.models.site.announcement import ANNOUNCEMENT_MAX
from app.web.forms import Form, max_length
from config import LANGUAGES

FORMAT = "%Y-%m-%dT%H:%M"


def text_name(language: str) -> str:
    return f"text_{language}"


def some_text(form: AnnouncementForm, _field: Field) -> None:
    """Fail on the first text unless there is one."""
    if not form.texts():
        raise ValidationError(_("Write the text in at least one language."))


def after_start(form: AnnouncementForm, field: Field) -> None:
    ends_at = moment_of(field.data)
    if ends_at is not None and ends_at <= max(form.start(), utcnow()):
        raise ValidationError(_("The end has to be after the start, and not over yet."))


def moment_of(local: datetime | None) -> datetime | None:
    """When it is this time where the viewer is."""
    if local is None or local.year in (MINYEAR, MAXYEAR):
        return None
    # Not `replace`: a zone of pytz has the offset of its local mean time.
    at: datetime = to_utc(local)
    return at.replace(tzinfo=UTC)


class AnnouncementForm(Form):
    """With a field for each language, named by `text_name`."""

    starts_at = DateTimeLocalField(_l("From"), [Optional()], format=FORMAT)
    ends_at = DateTimeLocalField(_l("To"), [Optional(), after_start], format=FORMAT)
    submit = SubmitField(_l("Announce"))

    def texts(self) -> dict[str, str]:
        """What is filled in, by language."""
        fields = {language: self[text_name(language)].data or "" for language in LANGUAGES}
        return {language: text for language, text in fields.items() if text.strip()}

    def start(self) -> datetime:
        return moment_of(self.starts_at.data) or utcnow()

    def end(self) -> datetime | None:
        return moment_of(self.ends_at.data)


def _text_field(name: str, *, is_first: bool) -> TextAreaField:
    checks = [max_length(ANNOUNCEMENT_MAX), *([some_text] if is_first else [])]
    return TextAreaField(name, checks)


for _number, (_code, _name) in enumerate(LANGUAGES.items()):
    setattr(AnnouncementForm, text_name(_code), _text_field(_name, is_first=_number == 0))
