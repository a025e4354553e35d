"""Report somebody to the moderators."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.routes.rules import require_rule
from app.api.schemas.report import NewReport
from app.extensions import db
from app.lib.log_events import log_event
from app.policies import may_report
from app.services.community import blocks
from app.services.moderation import reports
from app.services.moderation.reports import Complaint
from app.web.access import require
from app.web.problem_json import Problem
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member

UNKNOWN_PERSON = [("user_id", "There is no user with this id.")]
NO_WORDS = [("words", "Tell us what's wrong.")]


@operation("post", "/reports", status=204)
def report_user(body: NewReport) -> None:
    """Report somebody to the moderators. The person never learns who reported them.

    Posts and messages are copied as they read now; those you cannot read are left out. Reporting
    somebody again before moderators have decided adds to your report.
    """
    me = member()
    require(may_report(me))
    person = reports.person_with_id(body.user_id, me)
    if person is None:
        raise Problem(422, fields=UNKNOWN_PERSON)
    require_rule(body.rule_id)
    if body.rule_id is None and not body.words:
        raise Problem(422, fields=NO_WORDS)
    hit("report", per_person("20/day"))
    reports.file(me, person, Complaint(body.rule_id, body.words, body.post_ids, body.message_ids))
    if body.block:
        blocks.block(me, person)
    db.session.commit()
    log_event("report_filed", whose=person.id)
