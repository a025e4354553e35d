"""What may be blocked from joining, and what is looked for in the block list."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from wtforms import SearchField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from app.lib.blocklist_values import BlocklistValueError, parse_value
from app.lib.dates import utcnow
from app.models.accounts.blocklist_entry import NOTE_MAX
from app.services.accounts.blocklist import Filters
from app.web.blocklist_advice import blocklist_advice
from app.web.forms import Form, max_length, normalize_line, required, strip

KIND_LABELS = {
    "domain": _l("Email domain"),
    "address": _l("Email address"),
    "network": _l("Network"),
    "username": _l("Username"),
}
KINDS = [SelectChoice(kind, label) for kind, label in KIND_LABELS.items()]
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "dir": "auto"}


def _valid_value(form: Form, field: StringField) -> None:
    """Set `field.parsed` to the value as it is compared."""
    if form.kind.data not in KIND_LABELS:
        # Its own error says so.
        raise StopValidation
    try:
        field.parsed = parse_value(form.kind.data, field.data or "")
    except BlocklistValueError as error:
        raise StopValidation(blocklist_advice(error.problem)) from None


class BlockForm(Form):
    kind = SelectField(_l("Kind"), choices=KINDS, default="domain")
    value = StringField(_l("What to block"), [required(), _valid_value], [strip], render_kw=PLAIN)
    note = StringField(_l("Note"), [max_length(NOTE_MAX)], [normalize_line])
    days = SelectField(
        _l("For how long"),
        choices=[
            SelectChoice("", _l("Until it's removed")),
            SelectChoice("1", _l("1 day")),
            SelectChoice("7", _l("7 days")),
            SelectChoice("30", _l("30 days")),
            SelectChoice("365", _l("1 year")),
        ],
        default="",
    )
    submit = SubmitField(_l("Add"))

    @property
    def ends_at(self) -> datetime | None:
        return utcnow() + timedelta(days=int(self.days.data)) if self.days.data else None


class BlocklistFilterForm(Form):
    """The query string of the block list."""

    class Meta(Form.Meta):
        csrf = False

    q = SearchField(_l("Is this blocked?"), filters=[strip], render_kw=PLAIN)
    show = SelectField(_l("Show"), choices=[SelectChoice("", _l("Everything")), *KINDS], default="")

    def filters(self) -> Filters:
        """What a valid form asks for."""
        return Filters(self.show.data or None)

    def query_args(self) -> dict[str, str]:
        """The fields that are filled in."""
        return {field.name: str(field.data) for field in self if field.data}
