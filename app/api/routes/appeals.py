"""Appeals, for moderators."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.schemas.appeal import Appeal, AppealList, NewAnswer, serialize_appeal
from app.extensions import db
from app.lib.log_events import log_event
from app.models.accounts.role import MODERATOR_PERMISSIONS
from app.services.moderation import appeals
from app.web.actors import acting
from app.web.problem_json import Problem
from app.web.viewer import member


@operation("get", "/admin/appeals", permissions=MODERATOR_PERMISSIONS)
def list_appeals() -> AppealList:
    """List the 100 oldest appeals that nobody has answered."""
    return AppealList(items=[serialize_appeal(row) for row in appeals.waiting_for(member())])


@operation(
    "post",
    "/admin/appeals/<int:decision_id>/answer",
    permissions=MODERATOR_PERMISSIONS,
    failures=(409, 410),
)
def answer_appeal(decision_id: int, body: NewAnswer) -> Appeal:
    """Answer an appeal. The person gets an email.

    An appeal that has an answer is a 410. Where there is another moderator, whoever made the
    decision gets a 403.
    """
    appeal = appeals.find(decision_id, member())
    if appeal is None:
        raise Problem(404)
    appeals.answer(appeal, body.outcome, body.words, acting())
    db.session.commit()
    whose = appeal.decision.person_id
    log_event("moderation_appeal_answered", whose=whose, outcome=body.outcome)
    return serialize_appeal(appeal)
