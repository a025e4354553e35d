"""The log of decisions, for everyone or for moderators."""

from __future__ import annotations

from datetime import date

from flask import abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.main.forms.moderation import DECISION_LABELS
from app.policies import may_moderate
from app.services.moderation import decision_log
from app.services.site import rules
from app.web.locale import page_language
from app.web.paging import Page, day_argument
from app.web.view_options import readable
from app.web.viewer import viewer
from app.web.visitor_pages import kept_for_visitors


@bp.get("/about/moderation", endpoint="decision_log")
@readable
@kept_for_visitors
def decision_log_page() -> ResponseReturnValue:
    is_public = current_app.config["MODERATION_LOG"] == "everyone"
    if not is_public and not may_moderate(viewer()):
        abort(404)
    before = _chosen_monday()
    weeks = decision_log.weeks_before(before or decision_log.this_monday())
    page = Page(
        weeks.items,
        newer=url_for("main.decision_log") if before else None,
        older=url_for("main.decision_log", before=weeks.older) if weeks.older else None,
    )
    named = (line.rule_id for week in weeks.items for line in week.lines)
    return render_template(
        "moderation/decision_log.html",
        page=page,
        rules=rules.titles(named, page_language()),
        labels=DECISION_LABELS,
        is_public=is_public,
    )


def _chosen_monday() -> date | None:
    """Before which week to list; 404 for what is no Monday, or is still to come."""
    day = day_argument("before")
    if day is not None and (day.weekday() or day > decision_log.this_monday()):
        abort(404)
    return day
