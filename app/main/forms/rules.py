"""A rule of the site, with fields for each language."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import StringField, SubmitField, TextAreaField

from app.models.site.rule import TEXT_MAX, TITLE_MAX
from app.services.site.rules import Words
from app.web.forms import Form, max_length, normalize_line
from config import LANGUAGES


class RuleForm(Form):
    """Its fields are called `title_en`, `text_en` and so on."""

    submit = SubmitField(_l("Save"))

    @property
    def texts(self) -> dict[str, Words]:
        """What was typed, by language."""
        return {code: (self._typed("title", code), self._typed("text", code)) for code in LANGUAGES}

    def _typed(self, name: str, code: str) -> str:
        return self[f"{name}_{code}"].data or ""


for _code in LANGUAGES:
    _title = StringField(_l("Title"), [max_length(TITLE_MAX)], [normalize_line])
    _text = TextAreaField(_l("Text"), [max_length(TEXT_MAX)], [normalize_line])
    setattr(RuleForm, f"title_{_code}", _title)
    setattr(RuleForm, f"text_{_code}", _text)


def filled(texts: Mapping[str, Words]) -> dict[str, str]:
    """The data of a form that shows `texts`."""
    values = {f"title_{code}": title for code, (title, _) in texts.items()}
    return values | {f"text_{code}": text for code, (_, text) in texts.items()}
