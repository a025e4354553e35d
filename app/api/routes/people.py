"""People for those who manage them. Roles, factors and closing are for the pages alone."""

from __future__ import annotations

from functools import partial

from app import models
from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.person import (
    People,
    PeopleList,
    PersonDetails,
    serialize_details,
    serialize_person,
)
from app.extensions import db
from app.policies import has_permission
from app.services.accounts import people, roles
from app.services.accounts.people import Filters
from app.web.actors import acting
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member

NO_ROLE = 0


def _sees_addresses() -> bool:
    return has_permission(member(), "see_addresses")


def _person_or_404(user_id: int) -> models.User:
    """Also somebody whom a block hides, or who has closed their account."""
    user: models.User = db.first_or_404(people.one(user_id))
    return user


@operation("get", "/admin/people", permissions=("manage_people",))
def list_people(query: People) -> PeopleList:
    """List people for staff, who joined last first."""
    role_id = None
    if query.role:
        role = roles.named(query.role)
        role_id = role.id if role else NO_ROLE
    filters = Filters(query.q.strip(), role_id, query.state or "", _sees_addresses())
    given = {"q": query.q, "role": query.role, "state": query.state}
    rows, meta, links = pagination.newest_first(
        query,
        partial(people.page, filters),
        query_args={name: value for name, value in given.items() if value},
    )
    shown = [serialize_person(row, sees_addresses=filters.sees_addresses) for row in rows]
    return PeopleList(items=shown, meta=meta, links=links)


@operation("get", "/admin/people/<int:user_id>", permissions=("manage_people",))
def get_person(user_id: int) -> PersonDetails:
    """Read somebody's account, how they came here and how they sign in."""
    user = _person_or_404(user_id)
    return serialize_details(user, people.access_of(user), sees_addresses=_sees_addresses())


@operation(
    "post",
    "/admin/people/<int:user_id>/verify",
    status=204,
    permissions=("manage_people",),
    failures=(400, 410),
)
def verify_person(user_id: int) -> None:
    """Confirm somebody's address. One that is confirmed already is a 410."""
    people.verify(_person_or_404(user_id), acting())
    db.session.commit()


@operation(
    "post",
    "/admin/people/<int:user_id>/reset-link",
    status=204,
    permissions=("manage_people",),
    failures=(410,),
)
def send_reset_link(user_id: int) -> None:
    """Email somebody a link to choose a new password. A closed account is a 410."""
    hit("reset-link", per_person("60/hour"))
    people.send_reset_link(_person_or_404(user_id), acting())
    db.session.commit()


@operation(
    "post",
    "/admin/people/<int:user_id>/end-sessions",
    status=204,
    permissions=("manage_people",),
)
def end_sessions_of(user_id: int) -> None:
    """Sign somebody out everywhere, and revoke their tokens."""
    people.end_sessions(_person_or_404(user_id), acting())
    db.session.commit()
