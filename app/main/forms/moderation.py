"""Forms of moderators: the queue, notes, decisions, appeals, templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import (
    BooleanField,
    Field,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.lib.dates import utcnow
from app.lib.languages import LANGUAGE_NAMES
from app.models import User, WordsTemplate
from app.models.moderation.case import WORDS_MAX
from app.models.moderation.decision import ACTIONS, TEMPLATE_NAME_MAX
from app.models.posts.post import CONTENT_NOTE_MAX
from app.policies import may_decide
from app.services.moderation.cases import Filters
from app.services.moderation.decisions import Verdict
from app.services.site.rules import SiteRule
from app.web.forms import Form, max_length, normalize_line, normalize_text, required

ACTION_LABELS = {
    "none": _l("Nothing"),
    "warn": _l("Warn"),
    "require_note": _l("Require a content note"),
    "hide_posts": _l("Hide the posts"),
    "silence": _l("Silence"),
    "suspend": _l("Suspend"),
}
# What each action is called once it was taken.
DECISION_LABELS = {
    "none": _l("No action"),
    "warn": _l("Warned"),
    "require_note": _l("Content note required"),
    "hide_posts": _l("Posts hidden"),
    "silence": _l("Silenced"),
    "suspend": _l("Suspended"),
}
# What is done to posts, where any were reported.
POST_ACTIONS = ("require_note", "hide_posts")
# For how many days a content note stays, or somebody is silenced or suspended; 0: for good.
DURATIONS = (1, 7, 30, 90, 0)


def rule_choices(rules: Sequence[SiteRule], other: str) -> list[SelectChoice]:
    """The rules by number, and `other` for none of them."""
    return [
        *(SelectChoice(str(rule.id), f"{rule.number}: {rule.title}") for rule in rules),
        SelectChoice("0", other),
    ]


class QueueForm(Form):
    """The query string of the queue."""

    class Meta(Form.Meta):
        csrf = False

    queue = SelectField(
        choices=[SelectChoice(name, name) for name in ("open", "mine", "done")], default="open"
    )
    rule = SelectField(_l("Reason"), default="")

    def offer(self, rules: Sequence[SiteRule]) -> None:
        """Offer these rules."""
        choices = rule_choices(rules, _("Something else"))
        self.rule.choices = [SelectChoice("", _("Any reason")), *choices]

    @property
    def filters(self) -> Filters:
        """What a valid form asks for."""
        return Filters(self.queue.data, int(self.rule.data) if self.rule.data else None)

    def query_args(self) -> dict[str, str]:
        """The fields that are filled in."""
        return {field.name: str(field.data) for field in self if field.data}


class NoteForm(Form):
    text = TextAreaField(
        _l("Add a note"),
        [required(), max_length(WORDS_MAX)],
        [normalize_text],
        render_kw={"rows": 2, "dir": "auto"},
    )
    submit = SubmitField(_l("Add note"))


class DecisionForm(Form):
    action = RadioField(_l("Action"), default="none")
    rule = SelectField(_l("Rule"), default="0")
    days = SelectField(_l("For how long?"), default="30")
    note = StringField(
        _l("Content note"),
        [max_length(CONTENT_NOTE_MAX)],
        [normalize_line],
        render_kw={"dir": "auto"},
    )
    template = SelectField(_l("Template"), default="")
    use_template = SubmitField(_l("Use template"))
    words = TextAreaField(
        _l("Message to the person"),
        [max_length(WORDS_MAX)],
        [normalize_text],
        render_kw={"rows": 4, "dir": "auto"},
    )
    notifies_reporters = BooleanField(_l("Tell the people who reported them"), default=True)
    submit = SubmitField(_l("Decide"))

    def offer(
        self,
        moderator: User,
        person: User,
        rules: Sequence[SiteRule],
        templates: Sequence[WordsTemplate],
        *,
        has_posts: bool,
    ) -> None:
        """Offer what `moderator` may do about `person`."""
        allowed = ["none", *(name for name in ACTIONS[1:] if may_decide(moderator, person, name))]
        if not has_posts:
            allowed = [name for name in allowed if name not in POST_ACTIONS]
        self.action.choices = [SelectChoice(name, ACTION_LABELS[name]) for name in allowed]
        self.rule.choices = rule_choices(rules, _("None of them"))
        self.days.choices = [
            SelectChoice(
                str(days),
                ngettext("%(num)s day", "%(num)s days", days) if days else _("For good"),
            )
            for days in DURATIONS
        ]
        self.template.choices = [
            SelectChoice("", _("No template")),
            *(SelectChoice(str(one.id), f"{one.name} ({one.language})") for one in templates),
        ]

    def validate_note(self, field: Field) -> None:
        if self.action.data == "require_note" and not field.data:
            raise ValidationError(_("Please write what the posts should fold away behind."))

    def fill_in(self, templates: Sequence[WordsTemplate]) -> None:
        """Put the words of the chosen template into the message."""
        words = [one.words for one in templates if str(one.id) == self.template.data]
        self.words.data = words[0] if words else ""

    def verdict(self, post_ids: Sequence[int]) -> Verdict:
        """What a valid form decides; `post_ids` are of the posts that can be hidden."""
        return Verdict(
            action=self.action.data,
            rule_id=int(self.rule.data) or None,
            words=self.words.data or "",
            until=self._until(),
            post_ids=post_ids,
            note=self.note.data or "",
            notifies_reporters=self.notifies_reporters.data,
        )

    def _until(self) -> datetime | None:
        days = int(self.days.data)
        return utcnow() + timedelta(days=days) if days else None


class AppealForm(Form):
    words = TextAreaField(
        _l("Your appeal"),
        [required(), max_length(WORDS_MAX)],
        [normalize_text],
        render_kw={"rows": 5, "dir": "auto"},
    )
    submit = SubmitField(_l("Send appeal"))


class AnswerForm(Form):
    outcome = RadioField(
        _l("Your answer"),
        choices=[
            SelectChoice("upheld", _l("The decision stands")),
            SelectChoice("overturned", _l("Take the decision back")),
        ],
        default="upheld",
    )
    words = TextAreaField(
        _l("Message to the person"),
        [max_length(WORDS_MAX)],
        [normalize_text],
        render_kw={"rows": 4, "dir": "auto"},
    )
    submit = SubmitField(_l("Answer"))


class TemplateForm(Form):
    name = StringField(_l("Name"), [required(), max_length(TEMPLATE_NAME_MAX)], [normalize_line])
    language = SelectField(
        _l("Language"), choices=[SelectChoice(*one) for one in LANGUAGE_NAMES.items()]
    )
    words = TextAreaField(
        _l("Message to the person"),
        [required(), max_length(WORDS_MAX)],
        [normalize_text],
        render_kw={"rows": 6, "dir": "auto"},
    )
    submit = SubmitField(_l("Save"))
