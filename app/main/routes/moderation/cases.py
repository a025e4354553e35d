"""The queue of moderators, and one case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.moderation import DECISION_LABELS, DecisionForm, NoteForm, QueueForm
from app.models import Case, Decision, User, WordsTemplate
from app.models.accounts.role import MODERATOR_PERMISSIONS
from app.services.accounts import people
from app.services.moderation import appeals, cases, decisions, templates
from app.services.moderation.cases import Evidence
from app.services.site import rules
from app.web.actors import acting
from app.web.locale import page_language
from app.web.paging import Page, number_argument, page_of
from app.web.view_options import requires_permission, resumable
from app.web.viewer import member

moderators_only = requires_permission(*MODERATOR_PERMISSIONS)


@bp.get("/moderation")
@moderators_only
def moderation() -> ResponseReturnValue:
    form = QueueForm(request.args)
    form.offer(rules.current(page_language()))
    page: Page[Case] = Page([], None, None)
    if form.validate():
        fetch = partial(cases.page, form.filters, member())
        page = page_of(fetch, key=lambda case: case.id, query_args=form.query_args())
    html = render_template(
        "moderation/queue.html",
        form=form,
        page=page,
        counts=tab_counts(),
        words=cases.first_words(page.items),
        rules=rules.titles((row.rule_id for row in page.items), page_language()),
    )
    return html, form.status


def case_or_404(case_id: int) -> Case:
    """A case on which the viewer may work."""
    case = cases.find(case_id, member())
    if case is None:
        abort(404)
    return case


@bp.get("/moderation/report/<int:case_id>")
@moderators_only
def case(case_id: int) -> ResponseReturnValue:
    return case_page(case_or_404(case_id))


def case_page(
    case: Case,
    *,
    note_form: NoteForm | None = None,
    form: DecisionForm | None = None,
    evidence: Evidence | None = None,
) -> ResponseReturnValue:
    """The page of `case`, with a form that was filled in."""
    evidence = evidence or cases.evidence_of(case)
    filled_in, history = form or note_form, cases.history_of(case.person)
    html = render_template(
        "moderation/case.html",
        case=case,
        evidence=evidence,
        notes=cases.notes_of(case),
        history=history,
        undoable=_ids(history, decisions.can_be_undone, decisions.may_undo),
        liftable=_ids(history, decisions.can_be_lifted, decisions.may_lift),
        access=people.access_of(case.person),
        rules=rules.titles([case.rule_id], page_language()),
        labels=DECISION_LABELS,
        note_form=note_form or NoteForm(formdata=None),
        form=form or decision_form(case.person, evidence, templates.listed(), is_new=True),
    )
    return html, filled_in.status if filled_in else 200


def _ids(
    history: Sequence[Decision],
    is_possible: Callable[[Decision], bool],
    may: Callable[[User, Decision], bool],
) -> set[int]:
    """The ids of the decisions with which it `is_possible`, and the viewer may do it."""
    return {one.id for one in history if is_possible(one) and may(member(), one)}


def decision_form(
    person: User, evidence: Evidence, listed: Sequence[WordsTemplate], *, is_new: bool = False
) -> DecisionForm:
    """The form that decides about `person`; a new one ignores what was sent."""
    form = DecisionForm(formdata=None) if is_new else DecisionForm()
    current = rules.current(page_language())
    form.offer(member(), person, current, listed, has_posts=bool(evidence.post_ids))
    return form


@bp.post("/moderation/user/<username>/case")
@moderators_only
def open_case(username: str) -> ResponseReturnValue:
    """A case about somebody whom nobody has reported."""
    person = people.named(username)
    if person is None or person.id == member().id:
        abort(404)
    case = cases.open_about(person, acting(), number_argument("post"))
    db.session.commit()
    # They may have reported that person themselves.
    if cases.find(case.id, member()) is None:
        flash(_("You've reported this person, so another moderator takes care of it."), "info")
        return redirect(url_for("main.moderation"))
    return redirect(url_for("main.case", case_id=case.id))


@bp.post("/moderation/report/<int:case_id>/take")
@moderators_only
def take_case(case_id: int) -> ResponseReturnValue:
    cases.take(case_or_404(case_id), acting())
    db.session.commit()
    flash(_("This case is yours now."))
    return redirect(url_for("main.case", case_id=case_id))


@bp.post("/moderation/report/<int:case_id>/release")
@moderators_only
def release_case(case_id: int) -> ResponseReturnValue:
    cases.release(case_or_404(case_id), acting())
    db.session.commit()
    flash(_("Others can take this case now."))
    return redirect(url_for("main.case", case_id=case_id))


@bp.post("/moderation/report/<int:case_id>/note")
@resumable
@moderators_only
def add_note(case_id: int) -> ResponseReturnValue:
    case, form = case_or_404(case_id), NoteForm()
    if not form.validate_on_submit():
        return case_page(case, note_form=form)
    cases.add_note(case, cast("str", form.text.data), acting())
    db.session.commit()
    return redirect(url_for("main.case", case_id=case_id, _anchor="notes"))


def tab_counts() -> dict[str, int]:
    """How much waits on each tab."""
    return {**cases.counts(member()), "appeals": appeals.count(member())}
