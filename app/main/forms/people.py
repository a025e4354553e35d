"""The filters of the list of people, and the form that gives a role."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SearchField, SelectField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.models import Role
from app.services.accounts.people import Filters
from app.web.forms import Form, strip


def role_label(role: Role) -> str:
    """What a role is called: the built-in ones in the reader's language."""
    labels = {
        "member": _("Member"),
        "moderator": _("Moderator"),
        "administrator": _("Administrator"),
    }
    return labels.get(role.name, role.name) if role.is_builtin else role.name


class PeopleFilterForm(Form):
    """The query string of the list of people."""

    class Meta(Form.Meta):
        csrf = False

    q = SearchField(
        _l("Name or username"),
        filters=[strip],
        render_kw={"autocomplete": "off", "spellcheck": "false", "dir": "auto"},
    )
    role = SelectField(_l("Role"), default="")
    state = SelectField(
        _l("State"),
        choices=[
            SelectChoice("", _l("Any state")),
            SelectChoice("waiting", _l("Waiting")),
            SelectChoice("unconfirmed", _l("Not confirmed")),
            SelectChoice("suspended", _l("Suspended")),
            SelectChoice("silenced", _l("Silenced")),
            SelectChoice("closed", _l("Closed")),
        ],
        default="",
    )

    def offer(self, roles: Sequence[Role]) -> None:
        """Offer these roles."""
        choices = [SelectChoice(str(role.id), role_label(role)) for role in roles]
        self.role.choices = [SelectChoice("", _("Any role")), *choices]

    def filters(self, *, sees_addresses: bool) -> Filters:
        """What a valid form asks for."""
        role_id = int(self.role.data) if self.role.data else None
        return Filters(self.q.data or "", role_id, self.state.data or "", sees_addresses)

    def query_args(self) -> dict[str, str]:
        """The fields that are filled in."""
        return {field.name: str(field.data) for field in self if field.data}


class RoleForm(Form):
    role = SelectField(_l("Role"))
    submit = SubmitField(_l("Save"))

    def offer(self, roles: Sequence[Role]) -> None:
        """Offer these roles."""
        self.role.choices = [SelectChoice(str(role.id), role_label(role)) for role in roles]
