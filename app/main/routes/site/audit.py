"""The audit log: read it, filter it, take it along."""

from __future__ import annotations

from functools import partial

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.lib.dates import utcnow
from app.main.blueprint import bp
from app.main.forms.audit import ACTION_LABELS, AuditFilterForm
from app.models import AuditEntry
from app.services.site import audit
from app.web.paging import Page, page_of
from app.web.rate_limits.rules import hit, per_person
from app.web.view_options import requires_permission

MEDIA_TYPE = "application/jsonl"


@bp.get("/admin/audit")
@requires_permission("see_audit_log")
def audit_log() -> ResponseReturnValue:
    form = AuditFilterForm(request.args)
    page: Page[AuditEntry] = Page([], None, None)
    if form.validate():
        fetch = partial(audit.page, form.filters())
        page = page_of(fetch, key=lambda entry: entry.id, query_args=form.query_args())
    html = render_template(
        "site/admin/audit.html",
        form=form,
        page=page,
        names=audit.names_in(page.items),
        labels=ACTION_LABELS,
        query_args=form.query_args(),
    )
    return html, form.status


@bp.get("/admin/audit/export.jsonl")
@requires_permission("see_audit_log")
def export_audit_log() -> ResponseReturnValue:
    hit("audit-export", per_person("30/hour"))
    form = AuditFilterForm(request.args)
    if not form.validate():
        return audit_log()
    response = Response(stream_with_context(audit.lines(form.filters())), mimetype=MEDIA_TYPE)
    name = f"audit-{utcnow():%Y-%m-%d}.jsonl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
