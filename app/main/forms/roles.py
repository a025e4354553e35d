"""What a role lets its people do, in words, and the form that says it."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, IntegerField, StringField, SubmitField
from wtforms.validators import StopValidation, ValidationError

from app.models import Role
from app.models.accounts.role import (
    ADMINISTRATOR_ID,
    MEMBER_ID,
    MEMBER_PERMISSIONS,
    PERMISSIONS,
)
from app.policies import permissions_of
from app.services.accounts import roles
from app.services.accounts.roles import Definition
from app.services.errors import RoleNameError
from app.web.failures import message_of
from app.web.forms import Form, normalize_line, required
from app.web.viewer import member

PERMISSION_LABELS = {
    "write": _l("Write posts and follow people"),
    "message": _l("Send messages"),
    "invite": _l("Invite people"),
    "report": _l("Report people and posts"),
    "hide_posts": _l("Hide posts and require content notes"),
    "silence": _l("Silence people"),
    "suspend": _l("Suspend people"),
    "see_addresses": _l("See email addresses"),
    "manage_people": _l("Manage people, applications, and invitations"),
    "manage_roles": _l("Manage roles"),
    "manage_site": _l("Change the site's settings"),
    "see_audit_log": _l("Read the log"),
    "see_jobs": _l("See background jobs"),
}
PREFIX = "may_"
RANK_DEFAULT = 10


def _below_own(form: RoleDetailsForm, field: Field) -> None:
    highest = member().role.rank - 1
    if field.data is None or not 0 <= field.data <= highest:
        raise StopValidation(_("Use a whole number from 0 to %(highest)s.", highest=highest))


def _good_name(form: RoleDetailsForm, field: Field) -> None:
    """So that everything wrong is said at once; whoever is faster still gets the name."""
    try:
        roles.check_name(field.data, except_for=form.role)
    except RoleNameError as error:
        raise ValidationError(message_of(error)) from None


class RoleDetailsForm(Form):
    """A role as it is to be; one checkbox for each permission."""

    name = StringField(
        _l("Name"),
        [required(), _good_name],
        [normalize_line],
        render_kw={"autocomplete": "off", "dir": "auto"},
    )
    rank = IntegerField(_l("Rank"), [_below_own], default=RANK_DEFAULT)
    # What the role was when the form was opened.
    seen = HiddenField()
    submit = SubmitField(_l("Save"))

    @classmethod
    def of(cls, role: Role | None) -> RoleDetailsForm:
        """The form for `role` (None: a new one) with what the viewer may decide about it."""
        form = cls(data=_data_of(role))
        own = permissions_of(member())
        form.kept = role.permissions - own if role else frozenset()
        form.role = role
        is_member = role is not None and role.id == MEMBER_ID
        offered = own & MEMBER_PERMISSIONS if is_member else own
        for permission in PERMISSIONS:
            if permission not in offered:
                del form[PREFIX + permission]
        if role is not None and role.is_builtin:
            del form.name, form.rank
        return form

    role: Role | None = None
    # What the role holds and the actor lacks: that stays.
    kept: Collection[str] = frozenset()

    @property
    def boxes(self) -> dict[str, list[Field]]:
        """The checkboxes: what members may have, and what makes somebody staff."""
        shown = [(one, self[PREFIX + one]) for one in PERMISSIONS if PREFIX + one in self]
        return {
            "member": [box for one, box in shown if one in MEMBER_PERMISSIONS],
            "staff": [box for one, box in shown if one not in MEMBER_PERMISSIONS],
        }

    @property
    def definition(self) -> Definition:
        """What a valid form asks for."""
        chosen = {one for one in PERMISSIONS if PREFIX + one in self and self[PREFIX + one].data}
        name = self.name.data if self.name else self.role.name if self.role else ""
        rank = self.rank.data if self.rank else self.role.rank if self.role else 0
        return Definition(name, chosen | set(self.kept), rank)


for _permission, _label in PERMISSION_LABELS.items():
    setattr(RoleDetailsForm, PREFIX + _permission, BooleanField(_label))


def _data_of(role: Role | None) -> dict[str, object]:
    if role is None:
        return {PREFIX + one: one in MEMBER_PERMISSIONS - {"invite"} for one in PERMISSIONS}
    data: dict[str, object] = {PREFIX + one: one in role.permissions for one in PERMISSIONS}
    return data | {"name": role.name, "rank": role.rank, "seen": roles.state_of(role)}


def role_words(role: Role) -> str:
    """What people with `role` may do, as a list to read."""
    return _("Everything") if role.id == ADMINISTRATOR_ID else permission_words(role.permissions)


def permission_words(permissions: Collection[str]) -> str:
    """What somebody may do, as a list to read."""
    words = [str(PERMISSION_LABELS[one]) for one in PERMISSIONS if one in permissions]
    return " · ".join(words) or str(_("Read"))
