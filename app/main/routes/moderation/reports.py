"""Report somebody to the moderators."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.reports import OTHER, ReportForm
from app.models import User
from app.policies import may_report
from app.services.community import blocks
from app.services.moderation import reports
from app.services.site import rules
from app.web.access import require, require_verified
from app.web.locale import page_language
from app.web.paging import number_argument
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import resumable
from app.web.viewer import member


@bp.route("/report", methods=["GET", "POST"])
@resumable
@limited("report", per_person("20/day"))
def report() -> ResponseReturnValue:
    """About the person in `user`; the post or message that led here is chosen already."""
    require_verified()
    require(may_report(member()))
    person = reports.person_named(request.args.get("user", ""), member())
    if person is None or person.id == member().id:
        abort(404)
    form = _form(person)
    if not form.validate_on_submit():
        html = render_template("moderation/report.html", person=person, form=form, **_notes(person))
        return html, form.status
    reports.file(member(), person, form.complaint)
    if form.block.data:
        blocks.block(member(), person)
    db.session.commit()
    log_event("report_filed", whose=person.id)
    flash(_("Thank you. A moderator will look at it, and we'll tell you what came of it."))
    return redirect(url_for("main.user", username=person.username))


def _notes(person: User) -> dict[str, dict[str, str]]:
    """What to say below the choices, by their values."""
    current = rules.current(page_language())
    return {"notes": {str(rule.id): rule.text for rule in current} | {OTHER: _("Tell us below")}}


def _form(person: User) -> ReportForm:
    post_id, message_id = number_argument("post"), number_argument("message")
    form = ReportForm(
        posts=[str(post_id)] if post_id else [],
        messages=[str(message_id)] if message_id else [],
    )
    form.offer(
        rules.current(page_language()),
        reports.offered_posts(person, member(), post_id),
        reports.offered_messages(person, member()),
    )
    if form.rule.data is None and not form.rule.raw_data:
        form.rule.data = str(form.rule.choices[0].value) if form.rule.choices else OTHER
    return form
