"""Write and edit a post."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import (
    Field,
    FieldList,
    HiddenField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import html_params

from app.lib.languages import LANGUAGE_NAMES
from app.lib.sentences import split_text
from app.lib.tokens import random_token
from app.main.forms.conversations import REPLY_RULES
from app.main.forms.schedules import ScheduleForm
from app.main.forms.visibilities import visibility_field
from app.models.posts.post import BODY_MAX, CONTENT_NOTE_MAX, TITLE_MAX
from app.web.forms import Form, max_length, normalize_line, normalize_text, required
from app.web.locale import page_language

# How many posts are published at once.
THREAD_MAX = 20
LANGUAGES = [SelectChoice("", _l("Guessed from your words"))]
LANGUAGES += [SelectChoice(code, name) for code, name in LANGUAGE_NAMES.items()]


class LanguageSelect:
    """A select whose many options are written once, since every composer has them."""

    def __call__(self, field: Field, **attributes: Any) -> Markup:
        chosen = field.data if field.data in LANGUAGE_NAMES else ""
        named = html_params(name=field.name, **{"id": field.id, **attributes})
        options = _language_options(page_language(), chosen)
        # Escaped by WTForms.
        return Markup(f"<select {named}>") + options + Markup("</select>")  # noqa: S704


# Of each language of pages, and each that somebody chooses.
@lru_cache(maxsize=200)
def _language_options(_language: str, chosen: str) -> Markup:
    option = Markup('<option value="{}"{}>{}</option>')
    selected = {chosen: Markup(" selected")}
    return Markup().join(
        option.format(choice.value, selected.get(choice.value, ""), choice.label)
        for choice in LANGUAGES
    )


class OptionsForm(Form):
    """What every composer offers under "Options"."""

    visibility = visibility_field()
    content_note = StringField(_l("Content note"), [max_length(CONTENT_NOTE_MAX)], [normalize_line])


class ComposerForm(ScheduleForm, OptionsForm):
    """One text, or those of a thread."""

    more = FieldList(
        TextAreaField(_l("Your post"), [max_length(setting="POST_MAX_LENGTH")], [normalize_text]),
        max_entries=THREAD_MAX - 1,
    )
    language = SelectField(_l("Language"), choices=LANGUAGES, default="", widget=LanguageSelect())
    # Created with the page, so that submitting the page twice publishes one post.
    form_key = HiddenField(default=lambda: random_token(16), validators=[max_length(64)])

    @property
    def texts(self) -> list[str]:
        """What is published: nothing of a field that is empty, unless it is the only one."""
        texts = [text for text in (self.post.data, *self.more.data) if text]
        return texts or [""]

    @property
    def is_whole(self) -> bool:
        """Whether something is chosen that only a composer on its own page shows."""
        return bool(self.is_scheduled or self.language.data)

    def write(self, texts: Sequence[str]) -> None:
        """Put `texts` into the fields, as many as there are."""
        self.post.data, *others = texts
        while len(self.more):
            self.more.pop_entry()
        for text in others:
            self.more.append_entry(text)

    def add(self) -> None:
        """One more field, if there may be one."""
        if len(self.more) < THREAD_MAX - 1:
            self.more.append_entry("")

    def drop(self, number: int) -> None:
        """Take away the field with this number, from 0, unless it is the only one."""
        texts = [self.post.data or "", *self.more.data]
        if 0 <= number < len(texts) > 1:
            del texts[number]
            self.write(texts)

    def split(self, limit: int) -> None:
        """Split each text that is longer than `limit` characters, if the thread may be so long."""
        texts = [part for text in self.texts for part in split_text(text, limit) or [""]]
        if len(texts) <= THREAD_MAX:
            self.write(texts)
        else:
            problem = _("Even split, this takes more than %(count)s posts.", count=THREAD_MAX)
            self.refuse(self.post, problem)


class PostForm(ComposerForm):
    post = TextAreaField(
        _l("Your post"), [required(), max_length(setting="POST_MAX_LENGTH")], [normalize_text]
    )
    title = StringField(_l("Title"), [max_length(TITLE_MAX)], [normalize_line])
    replies_from = SelectField(_l("Who can reply"), choices=REPLY_RULES, default="everyone")
    submit = SubmitField(_l("Post"))


class ReplyForm(ComposerForm):
    post = TextAreaField(
        _l("Your reply"), [required(), max_length(setting="POST_MAX_LENGTH")], [normalize_text]
    )
    submit = SubmitField(_l("Reply"))


class DraftForm(ComposerForm):
    """What is kept of a composer: it may be too long to publish, but not empty."""

    post = TextAreaField(_l("Your post"), [max_length(BODY_MAX)], [normalize_text])
    more = FieldList(
        TextAreaField(_l("Your post"), [max_length(BODY_MAX)], [normalize_text]),
        max_entries=THREAD_MAX - 1,
    )
    title = StringField(_l("Title"), [max_length(TITLE_MAX)], [normalize_line])
    replies_from = SelectField(_l("Who can reply"), choices=REPLY_RULES, default="everyone")
    # That of the composer, if it can be kept.
    form_key = HiddenField()

    def validate_publish_on(self, _field: StringField) -> None:
        """A draft has no time, so none is wrong."""

    @property
    def is_empty(self) -> bool:
        return not (any(self.texts) or self.title.data or self.content_note.data)

    @property
    def problem(self) -> str:
        """What is wrong first."""
        errors = [self.post.errors, *(text.errors for text in self.more), *self.errors.values()]
        return str(next(found for found in errors if found)[0])

    def validate_post(self, _field: TextAreaField) -> None:
        if self.is_empty:
            raise ValidationError(_("Write something first."))


class EditPostForm(OptionsForm):
    post = TextAreaField(
        _l("Your post"), [required(), max_length(setting="POST_MAX_LENGTH")], [normalize_text]
    )
    title = StringField(_l("Title"), [max_length(TITLE_MAX)], [normalize_line])
    language = SelectField(_l("Language of this post"))
    submit = SubmitField(_l("Save"))
