"""Decisions of moderators: make, lift, undo."""

from __future__ import annotations

from datetime import timedelta

from app import models
from app.api.blueprint import operation
from app.api.routes.cases import case_or_404
from app.api.routes.rules import require_rule
from app.api.schemas.decision import Decision, NewDecision, serialize_decision
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.log_events import log_event
from app.models.accounts.role import MODERATOR_PERMISSIONS
from app.services.moderation import cases, decisions
from app.services.moderation.decisions import Verdict
from app.web.actors import acting
from app.web.problem_json import Problem
from app.web.rate_limits.moderation import DECISIONS_MAX
from app.web.rate_limits.rules import hit
from app.web.templates import url_for
from app.web.viewer import member

MISSING_NOTE = [("note", "Say what the posts should fold away behind.")]


@operation(
    "post",
    "/admin/cases/<int:case_id>/decision",
    status=201,
    permissions=MODERATOR_PERMISSIONS,
    failures=(409, 410),
)
def decide_case(case_id: int, body: NewDecision) -> tuple[Decision, dict[str, str]]:
    """Decide a case and close it. The person gets an email.

    A closed case is a 410. What your role does not let you do to this person is a 403.
    """
    case = case_or_404(case_id)
    require_rule(body.rule_id)
    if body.action == "require_note" and not body.note:
        raise Problem(422, fields=MISSING_NOTE)
    hit("decide", DECISIONS_MAX)
    verdict = Verdict(
        action=body.action,
        rule_id=body.rule_id,
        words=body.words,
        until=utcnow() + timedelta(days=body.days) if body.days else None,
        post_ids=cases.evidence_of(case).post_ids,
        note=body.note,
        notifies_reporters=body.notifies_reporters,
    )
    decision = decisions.decide(case.person, verdict, acting(), case)
    db.session.commit()
    log_event("moderation_decided", whose=case.person_id, action=decision.action)
    location = url_for("api.get_case", case_id=case_id)
    return serialize_decision(decision), {"Location": location}


def _decision_or_404(decision_id: int) -> models.Decision:
    decision = decisions.find_for(member(), decision_id)
    if decision is None:
        raise Problem(404)
    return decision


@operation(
    "post",
    "/admin/decisions/<int:decision_id>/undo",
    status=204,
    permissions=MODERATOR_PERMISSIONS,
    failures=(410,),
)
def undo_decision(decision_id: int) -> None:
    """Undo a decision and open its case again.

    After 30 days, or once it is undone, this is a 410. If somebody of a higher rank decided, or an
    appeal waits for another moderator, it is a 403.
    """
    decision = _decision_or_404(decision_id)
    hit("decide", DECISIONS_MAX)
    decisions.undo(decision, acting())
    db.session.commit()
    log_event("moderation_undone", whose=decision.person_id, action=decision.action)


@operation(
    "post",
    "/admin/decisions/<int:decision_id>/lift",
    status=204,
    permissions=MODERATOR_PERMISSIONS,
    failures=(410,),
)
def lift_decision(decision_id: int) -> None:
    """End the effect of a decision, which stays in the history.

    A decision without effect is a 410. If somebody of a higher rank decided, it is a 403.
    """
    decision = _decision_or_404(decision_id)
    hit("decide", DECISIONS_MAX)
    decisions.lift(decision, acting())
    db.session.commit()
    log_event("moderation_lifted", whose=decision.person_id, action=decision.action)
