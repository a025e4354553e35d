"""Write and edit a post."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import ValidationError

from app.lib.tokens import random_token
from app.main.forms.visibilities import visibility_field
from app.models.posts.post import BODY_MAX, CONTENT_NOTE_MAX, TITLE_MAX
from app.web.forms import Form, max_length, normalize_line, normalize_text, required


class OptionsForm(Form):
    """What every composer offers under "Options"."""

    visibility = visibility_field()
    content_note = StringField(_l("Content note"), [max_length(CONTENT_NOTE_MAX)], [normalize_line])


class PostForm(OptionsForm):
    post = TextAreaField(
        _l("Your post"), [required(), max_length(setting="POST_MAX_LENGTH")], [normalize_text]
    )
    title = StringField(_l("Title"), [max_length(TITLE_MAX)], [normalize_line])
    # Created with the page, so that submitting the page twice publishes one post.
    form_key = HiddenField(default=lambda: random_token(16), validators=[max_length(64)])
    submit = SubmitField(_l("Post"))


class ReplyForm(OptionsForm):
    post = TextAreaField(
        _l("Your reply"), [required(), max_length(setting="POST_MAX_LENGTH")], [normalize_text]
    )
    form_key = HiddenField(default=lambda: random_token(16), validators=[max_length(64)])
    submit = SubmitField(_l("Reply"))


class DraftForm(OptionsForm):
    """What is kept of a composer: it may be too long to publish, but not empty."""

    post = TextAreaField(_l("Your post"), [max_length(BODY_MAX)], [normalize_text])
    title = StringField(_l("Title"), [max_length(TITLE_MAX)], [normalize_line])
    form_key = HiddenField()

    @property
    def is_empty(self) -> bool:
        return not (self.post.data or self.title.data or self.content_note.data)

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
