"""The log of decisions, for everyone or for moderators."""

from __future__ import annotations

from flask import abort, current_app, render_template
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.main.forms.moderation import DECISION_LABELS
from app.policies import may_moderate
from app.services.moderation import decision_log
from app.services.site import rules
from app.web.access import redirect_to_login
from app.web.locale import page_language
from app.web.paging import page_of
from app.web.site_pages import may_read_site_pages
from app.web.view_options import public
from app.web.viewer import viewer
from app.web.visitor_pages import kept_for_visitors


@bp.get("/about/moderation", endpoint="decision_log")
@public
@kept_for_visitors
def decision_log_page() -> ResponseReturnValue:
    if not may_read_site_pages():
        return redirect_to_login()
    is_public = current_app.config["MODERATION_LOG"] == "everyone"
    if not is_public and not may_moderate(viewer()):
        abort(404)
    page = page_of(decision_log.page, key=lambda one: one.id)
    weeks = decision_log.by_week(page.items)
    ids = {line.rule_id for week in weeks for line in week.lines if line.rule_id is not None}
    named = {rule_id: rules.named(rule_id, page_language()) for rule_id in ids}
    return render_template(
        "moderation/decision_log.html",
        page=page,
        weeks=weeks,
        rules={rule_id: rule.title for rule_id, rule in named.items() if rule is not None},
        labels=DECISION_LABELS,
        is_public=is_public,
    )
