"""The form that reports somebody to the moderators."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectMultipleField, SubmitField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.lib.text import excerpt
from app.models import Message, Post
from app.models.moderation.case import WORDS_MAX
from app.services.moderation.reports import Complaint
from app.services.site.rules import SiteRule
from app.web.forms import Form, max_length, normalize_text

OTHER = "0"
EXCERPT_MAX = 160


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]
    """Several choices of ids, each with a box."""

    data: list[str]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, _form: PlainForm) -> None:
        """What is not among the choices is left out, since the page may be an old one."""
        known = {str(value) for value, *_rest in self.iter_choices()}
        self.data = [value for value in self.data or [] if value in known]


def says_what(form: PlainForm, field: Field) -> None:
    """Whoever reports something else has to say what."""
    if form.rule.data == OTHER and not field.data:
        raise ValidationError(_("Tell us what's wrong."))


class ReportForm(Form):
    rule = RadioField(_l("What's wrong?"))
    posts = CheckboxesField(_l("Which posts?"))
    messages = CheckboxesField(_l("Which messages?"))
    words = TextAreaField(
        _l("Anything else we should know?"),
        [max_length(WORDS_MAX), says_what],
        [normalize_text],
        render_kw={"rows": 3, "dir": "auto"},
    )
    block = BooleanField(_l("Also block this person"), default=False)
    submit = SubmitField(_l("Send report"))

    def offer(
        self, rules: Sequence[SiteRule], posts: Sequence[Post], messages: Sequence[Message]
    ) -> None:
        """Offer these rules, and something else, and what can be attached."""
        self.rule.choices = [
            *(SelectChoice(str(rule.id), rule.title) for rule in rules),
            SelectChoice(OTHER, _("Something else")),
        ]
        self.posts.choices = [
            SelectChoice(str(post.id), excerpt(post.note or post.title or post.body, EXCERPT_MAX))
            for post in posts
        ]
        self.messages.choices = [
            SelectChoice(str(message.id), excerpt(message.body, EXCERPT_MAX))
            for message in messages
        ]

    @property
    def complaint(self) -> Complaint:
        """What a valid form says."""
        return Complaint(
            rule_id=int(self.rule.data) or None,
            words=self.words.data or "",
            post_ids=[int(value) for value in self.posts.data],
            message_ids=[int(value) for value in self.messages.data],
        )
