"""Filters of the audit log, and what its entries are called."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask_babel import LazyString, to_utc
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, SelectField, StringField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.services.site import audit
from app.services.site.audit import Action, Filters
from app.web.forms import Form, strip
from app.web.viewer import member

ACTION_LABELS: dict[Action, LazyString] = {
    "accept_application": _l("Application accepted"),
    "add_announcement": _l("Announcement made"),
    "add_block": _l("Block added"),
    "add_note": _l("Note added to a case"),
    "add_rule": _l("Rule added"),
    "answer_appeal": _l("Appeal answered"),
    "change_role": _l("Role changed"),
    "change_setting": _l("Setting changed"),
    "close_account": _l("Account closed"),
    "close_case": _l("Case closed without action"),
    "create_account": _l("Account created"),
    "create_admin_token": _l("Token for administration created"),
    "create_invitation": _l("Invitation created"),
    "create_role": _l("Role created"),
    "delete_role": _l("Role deleted"),
    "delete_template": _l("Template deleted"),
    "drop_jobs": _l("Failed jobs dropped"),
    "edit_page": _l("Page edited"),
    "edit_role": _l("Role's permissions changed"),
    "edit_rule": _l("Rule edited"),
    "edit_template": _l("Template saved"),
    "end_announcement": _l("Announcement ended"),
    "end_sessions": _l("Signed out everywhere"),
    "hide_posts": _l("Posts hidden"),
    "import_blocks": _l("Blocks imported"),
    "lift_decision": _l("Decision lifted"),
    "make_backup": _l("Backup made"),
    "make_reset_link": _l("Password link created"),
    "make_setup_link": _l("Setup link created"),
    "move_rule": _l("Rule moved"),
    "open_case": _l("Case opened"),
    "refuse_application": _l("Application refused"),
    "release_case": _l("Case handed back"),
    "remove_block": _l("Block removed"),
    "remove_rule": _l("Rule removed"),
    "require_note": _l("Content note required"),
    "reset_two_factor": _l("Second factors removed"),
    "restore_rule": _l("Rule brought back"),
    "retry_jobs": _l("Failed jobs retried"),
    "revoke_invitation": _l("Invitation revoked"),
    "send_reset_link": _l("Password link emailed"),
    "send_test_mail": _l("Test email sent"),
    "silence": _l("Silenced"),
    "suspend": _l("Suspended"),
    "take_case": _l("Case taken"),
    "undo_decision": _l("Decision undone"),
    "verify_address": _l("Address confirmed"),
    "warn": _l("Warned"),
}
NAME = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}


def known_person(_form: PlainForm, field: Field) -> None:
    """Set `field.person_id` to the id of whom it names, by a username or an id such as `#12`."""
    field.person_id = audit.person_id_of(field.data)
    if field.person_id is None:
        raise ValidationError(_("There's no one here called %(name)s.", name=field.data))


class AuditFilterForm(Form):
    """The query string of the audit log."""

    class Meta(Form.Meta):
        csrf = False

    actor = StringField(_l("Who"), [Optional(), known_person], [strip], render_kw=NAME)
    person = StringField(_l("On whom"), [Optional(), known_person], [strip], render_kw=NAME)
    action = SelectField(
        _l("What"),
        choices=[
            SelectChoice("", _l("Anything")),
            *(SelectChoice(action, label) for action, label in ACTION_LABELS.items()),
        ],
        default="",
    )
    since = DateField(_l("From"), [Optional()])
    until = DateField(_l("To"), [Optional()])

    def filters(self) -> Filters:
        """What a valid form asks for."""
        return Filters(
            reader_id=member().id,
            actor_id=getattr(self.actor, "person_id", None),
            person_id=getattr(self.person, "person_id", None),
            action=self.action.data or None,
            since=_start_of(self.since.data),
            until=_start_of(self.until.data, days_later=1),
        )

    def query_args(self) -> dict[str, str]:
        """The fields that are filled in."""
        return {field.name: str(field.data) for field in self if field.data}


def _start_of(day: date | None, days_later: int = 0) -> datetime | None:
    """When `day` begins where the viewer is."""
    if day is None or day.year in (date.min.year, date.max.year):
        return None
    local = datetime.combine(day + timedelta(days=days_later), time.min)
    # Not `replace`: a zone of pytz has the offset of its local mean time.
    at: datetime = to_utc(local)
    return at.replace(tzinfo=UTC)
