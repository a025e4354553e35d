"""Decide about a case, and take a decision back."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.routes.moderation.cases import (
    case_or_404,
    case_page,
    decision_form,
    moderators_only,
)
from app.models import Decision
from app.services.moderation import cases, decisions, templates
from app.web.actors import acting
from app.web.rate_limits.moderation import DECISIONS_MAX
from app.web.rate_limits.rules import hit
from app.web.view_options import resumable
from app.web.viewer import member


@bp.post("/moderation/report/<int:case_id>/decide")
@resumable
@moderators_only
def decide(case_id: int) -> ResponseReturnValue:
    """The button beside the templates fills in their words, and decides nothing."""
    case, listed = case_or_404(case_id), templates.listed()
    evidence = cases.evidence_of(case)
    form = decision_form(case.person, evidence, listed)
    if form.use_template.data:
        form.fill_in(listed)
        return case_page(case, form=form, evidence=evidence)
    if not form.validate_on_submit():
        return case_page(case, form=form, evidence=evidence)
    hit("decide", DECISIONS_MAX)
    decision = decisions.decide(case.person, form.verdict(evidence.post_ids), acting(), case)
    db.session.commit()
    log_event("moderation_decided", whose=case.person_id, action=decision.action)
    flash(
        _("Done, and recorded in the log. Here's the next case."),
        "undo:" + url_for("main.undo_decision", decision_id=decision.id),
    )
    return redirect(url_for("main.moderation"))


def _decision_or_404(decision_id: int) -> Decision:
    decision = decisions.find_for(member(), decision_id)
    if decision is None:
        abort(404)
    return decision


def _back(decision: Decision) -> ResponseReturnValue:
    if decision.case_id is None:
        return redirect(url_for("main.moderation"))
    return redirect(url_for("main.case", case_id=decision.case_id))


@bp.post("/moderation/decision/<int:decision_id>/undo")
@moderators_only
def undo_decision(decision_id: int) -> ResponseReturnValue:
    decision = _decision_or_404(decision_id)
    hit("decide", DECISIONS_MAX)
    decisions.undo(decision, acting())
    db.session.commit()
    log_event("moderation_undone", whose=decision.person_id, action=decision.action)
    flash(_("Taken back, as if it never was."))
    return _back(decision)


@bp.post("/moderation/decision/<int:decision_id>/lift")
@moderators_only
def lift_decision(decision_id: int) -> ResponseReturnValue:
    decision = _decision_or_404(decision_id)
    hit("decide", DECISIONS_MAX)
    decisions.lift(decision, acting())
    db.session.commit()
    log_event("moderation_lifted", whose=decision.person_id, action=decision.action)
    flash(_("Lifted. It stays in the history."))
    return _back(decision)
