"""The queue of moderators, who takes care of a case, and notes about it."""

from __future__ import annotations

from functools import partial

from app import models
from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.reports import UNKNOWN_PERSON
from app.api.schemas.case import (
    CaseDetails,
    CaseList,
    Cases,
    NewCase,
    NewNote,
    serialize_case,
    serialize_details,
)
from app.extensions import db
from app.models.accounts.role import MODERATOR_PERMISSIONS
from app.services.accounts import people
from app.services.errors import NotAllowedError
from app.services.moderation import cases
from app.services.moderation.cases import Filters
from app.web.actors import acting
from app.web.problem_json import Problem
from app.web.templates import url_for
from app.web.viewer import member


def case_or_404(case_id: int) -> models.Case:
    """A case on which the viewer may work."""
    case = cases.find(case_id, member())
    if case is None:
        raise Problem(404)
    return case


@operation("get", "/admin/cases", permissions=MODERATOR_PERMISSIONS)
def list_cases(query: Cases) -> CaseList:
    """List the cases on which you may work.

    Not those about you, about people whom you don't outrank, or that you have reported.
    """
    filters = Filters(query.queue, query.rule_id)
    given = {"queue": query.queue, "rule_id": query.rule_id}
    rows, meta, links = pagination.newest_first(
        query,
        partial(cases.page, filters, member()),
        query_args={name: value for name, value in given.items() if value is not None},
    )
    return CaseList(items=[serialize_case(row) for row in rows], meta=meta, links=links)


@operation("get", "/admin/cases/<int:case_id>", permissions=MODERATOR_PERMISSIONS)
def get_case(case_id: int) -> CaseDetails:
    """Read a case: what was reported, notes, and what was decided about the person before."""
    return _details(case_or_404(case_id))


def _details(case: models.Case) -> CaseDetails:
    evidence, notes = cases.evidence_of(case), cases.notes_of(case)
    return serialize_details(case, evidence, notes, cases.history_of(case.person))


@operation("post", "/admin/cases", status=201, permissions=MODERATOR_PERMISSIONS, failures=(410,))
def open_case(body: NewCase) -> tuple[CaseDetails, dict[str, str]]:
    """Open a case about somebody whom nobody has reported, or find the open one.

    If you have reported them yourself, it is a 403: another moderator takes care of it. Somebody
    who has left, or waits to be accepted, is a 410.
    """
    person = db.session.scalar(people.one(body.user_id))
    if person is None or person.id == member().id:
        raise Problem(422, fields=UNKNOWN_PERSON)
    opened = cases.open_about(person, acting(), body.post_id)
    db.session.commit()
    case = cases.find(opened.id, member())
    if case is None:
        raise NotAllowedError
    return _details(case), {"Location": url_for("api.get_case", case_id=case.id)}


@operation(
    "put",
    "/admin/cases/<int:case_id>/assignee",
    status=204,
    permissions=MODERATOR_PERMISSIONS,
    failures=(410,),
)
def take_case(case_id: int) -> None:
    """Take a case. A closed case is a 410."""
    cases.take(case_or_404(case_id), acting())
    db.session.commit()


@operation(
    "delete",
    "/admin/cases/<int:case_id>/assignee",
    status=204,
    permissions=MODERATOR_PERMISSIONS,
    failures=(410,),
)
def release_case(case_id: int) -> None:
    """Leave a case to others. A closed case is a 410."""
    cases.release(case_or_404(case_id), acting())
    db.session.commit()


@operation(
    "post", "/admin/cases/<int:case_id>/notes", status=204, permissions=MODERATOR_PERMISSIONS
)
def add_note(case_id: int, body: NewNote) -> None:
    """Add a note about a case for other moderators."""
    cases.add_note(case_or_404(case_id), body.text, acting())
    db.session.commit()
