"""The form that says which words and tags somebody does not want to read."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import Field, RadioField, StringField, SubmitField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.lib.dates import utcnow
from app.lib.text import one_line
from app.lib.word_filters import Word, is_findable
from app.main.forms.reports import CheckboxesField
from app.models import Filter
from app.models.community.filter import CONTEXTS, KEYWORD_MAX, TITLE_MAX
from app.services.community.filters import DURATIONS, KEYWORDS_MAX, Definition
from app.web.filters import long_date
from app.web.forms import Form, length_problem, max_length, normalize_line, normalize_text

# Instead of days: the end stays what it is.
KEEP = -1
DURATION_LABELS = (_l("For good"), _l("For a day"), _l("For a week"), _l("For 30 days"))
CONTEXT_LABELS = {
    "home": _l("Home, likes, and bookmarks"),
    "notifications": _l("Notifications"),
    "public": _l("Explore, tags, and search"),
    "thread": _l("Conversations"),
    "account": _l("Profiles"),
}
LINES = {"rows": 3, "dir": "auto", "autocapitalize": "none", "spellcheck": "false"}


def _good_lines(form: PlainForm, field: Field) -> None:
    """Each line is something that can be found."""
    for line in lines_of(field):
        if problem := length_problem(line, KEYWORD_MAX):
            raise ValidationError(_("“%(word)s…”: %(problem)s", word=line[:20], problem=problem))
        if not is_findable(line):
            message = _("“%(word)s” has no letter, digit, or emoji to look for.", word=line)
            raise ValidationError(message)


class FilterForm(Form):
    """A filter as it is to be; words are one on each line."""

    words = TextAreaField(
        _l("Words, phrases, and #tags"), [_good_lines], [normalize_text], render_kw=LINES
    )
    parts = TextAreaField(
        _l("Also inside longer words"), [_good_lines], [normalize_text], render_kw=LINES
    )
    contexts = CheckboxesField(
        _l("Where?"), choices=list(map(SelectChoice, CONTEXTS, CONTEXT_LABELS.values()))
    )
    # Not "action", which scripts ask every form for.
    effect = RadioField(
        _l("What happens to these posts?"),
        choices=[SelectChoice("warn", _l("Fold them")), SelectChoice("hide", _l("Leave them out"))],
        default="warn",
    )
    days = RadioField(
        _l("For how long?"),
        choices=list(map(SelectChoice, DURATIONS, DURATION_LABELS)),
        coerce=int,
        default=0,
    )
    title = StringField(
        _l("Name (optional)"),
        [max_length(TITLE_MAX)],
        [normalize_line],
        render_kw={"autocomplete": "off", "dir": "auto"},
    )
    submit = SubmitField(_l("Save"))

    ends_at: datetime | None = None

    @classmethod
    def of(cls, mine: Filter | None, words: str = "") -> FilterForm:
        """The form for a filter (None: a new one, for which `words` are proposed)."""
        form = cls(data=_data_of(mine) if mine else {"contexts": CONTEXTS, "words": words})
        if mine is not None and mine.expires_at is not None:
            form.ends_at = mine.expires_at
            date = long_date(mine.expires_at)
            kept = _("Ended on %(date)s", date=date)
            if not mine.is_expired:
                kept = _("Until %(date)s", date=date)
            form.days.choices = [SelectChoice(KEEP, kept), *form.days.choices]
        return form

    def validate_contexts(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one."))

    def validate_words(self, field: Field) -> None:
        count = len(lines_of(field)) + len(lines_of(self.parts))
        if not count:
            raise ValidationError(_("Please fill this in."))
        if count > KEYWORDS_MAX:
            sentence = ngettext(
                "A filter can have %(num)s line.", "A filter can have %(num)s lines.", KEYWORDS_MAX
            )
            raise ValidationError(sentence)

    @property
    def definition(self) -> Definition:
        """What a valid form asks for."""
        words = [Word(line, is_whole=False) for line in lines_of(self.parts)]
        words += [Word(line, is_whole=True) for line in lines_of(self.words)]
        ends_at = utcnow() + timedelta(days=self.days.data) if self.days.data else None
        return Definition(
            words=words,
            contexts=self.contexts.data,
            action=self.effect.data,
            title=self.title.data or None,
            expires_at=self.ends_at if self.days.data == KEEP else ends_at,
        )


def lines_of(field: Field) -> list[str]:
    """What stands on the lines of `field`, each once."""
    return list(dict.fromkeys(filter(None, map(one_line, (field.data or "").splitlines()))))


def _data_of(mine: Filter) -> dict[str, object]:
    lines: dict[bool, list[str]] = {True: [], False: []}
    for one in mine.keywords:
        lines[one.whole_word].append(one.keyword)
    return {
        "words": "\n".join(lines[True]),
        "parts": "\n".join(lines[False]),
        "contexts": mine.contexts,
        "effect": mine.action,
        "days": KEEP if mine.expires_at else 0,
        "title": mine.title or "",
    }
