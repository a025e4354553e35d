"""What moderators decided about oneself, and appeals against it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.moderation import DECISION_LABELS, AnswerForm, AppealForm
from app.main.routes.moderation.cases import moderators_only, tab_counts
from app.models import Decision
from app.services.moderation import appeals, decisions
from app.services.site import rules
from app.web.actors import acting
from app.web.locale import page_language
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import for_suspended, resumable
from app.web.viewer import member


@bp.get("/appeal")
@for_suspended
def appeal() -> ResponseReturnValue:
    """All decisions that the viewer knows of; for the suspended, the one page they have."""
    known = decisions.known_to(member())
    if not member().is_suspended:
        return render_template(
            "moderation/decisions.html",
            decisions=known,
            rules=_rules(known),
            labels=DECISION_LABELS,
        )
    in_force = [one for one in known if one.action == "suspend" and one.is_in_force]
    return _page(in_force[0] if in_force else None, AppealForm())


@bp.route("/appeal/<int:decision_id>", methods=["GET", "POST"])
@for_suspended
@resumable
@limited("appeal", per_person("20/day"))
def appeal_decision(decision_id: int) -> ResponseReturnValue:
    known = {one.id: one for one in decisions.known_to(member())}
    decision, form = known.get(decision_id), AppealForm()
    if decision is None:
        abort(404)
    if not form.validate_on_submit():
        return _page(decision, form)
    appeals.file(decision, form.words.data)
    db.session.commit()
    log_event("moderation_appealed", decision=decision.id)
    flash(_("Your appeal was sent. We'll email you the answer."))
    return redirect(url_for("main.appeal_decision", decision_id=decision_id))


def _page(decision: Decision | None, form: AppealForm) -> ResponseReturnValue:
    html = render_template(
        "moderation/decision.html",
        decision=decision,
        form=form,
        rules=_rules([decision] if decision else []),
        labels=DECISION_LABELS,
        posts=decisions.posts_of(decision) if decision else [],
        may_appeal=decision is not None and appeals.may_be_appealed(decision),
        appeal_days=appeals.APPEAL_PERIOD.days,
    )
    return html, form.status


def _rules(shown: Sequence[Decision]) -> dict[int, rules.SiteRule]:
    ids = {one.rule_id for one in shown if one.rule_id is not None}
    found = (rules.named(rule_id, page_language()) for rule_id in ids)
    return {rule.id: rule for rule in found if rule is not None}


@bp.get("/moderation/appeals")
@moderators_only
def appeal_queue() -> ResponseReturnValue:
    return render_template(
        "moderation/appeals.html",
        appeals=appeals.waiting_for(member()),
        counts=tab_counts(),
        labels=DECISION_LABELS,
    )


@bp.route("/moderation/appeal/<int:decision_id>", methods=["GET", "POST"])
@resumable
@moderators_only
def answer_appeal(decision_id: int) -> ResponseReturnValue:
    one, form = appeals.find(decision_id, member()), AnswerForm()
    if one is None:
        abort(404)
    if not form.validate_on_submit():
        html = render_template(
            "moderation/appeal.html",
            appeal=one,
            decision=one.decision,
            form=form,
            rules=_rules([one.decision]),
            labels=DECISION_LABELS,
            may_answer=decisions.may_review(member(), one.decision),
        )
        return html, form.status
    appeals.answer(one, form.outcome.data, form.words.data or "", acting())
    db.session.commit()
    log_event("moderation_appeal_answered", whose=one.decision.person_id, outcome=form.outcome.data)
    flash(_("Answered. We've emailed them."))
    return redirect(url_for("main.appeal_queue"))
