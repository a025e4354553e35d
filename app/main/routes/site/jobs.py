"""Jobs that wait, run or have failed, for those who look after them."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.jobs import JOB_LABELS, JobFilterForm
from app.models import Task
from app.services.site import jobs
from app.web.actors import acting
from app.web.paging import Page, page_of
from app.web.view_options import requires_permission


@bp.get("/admin/jobs")
@requires_permission("see_jobs")
def job_list() -> ResponseReturnValue:
    form = JobFilterForm(request.args)
    page: Page[Task] = Page([], None, None)
    if form.validate():
        are_failed = not form.state.data
        fetch = partial(jobs.page, are_failed=are_failed, name=form.kind.data or None)
        page = page_of(fetch, key=lambda task: task.id, query_args=form.query_args())
    html = render_template(
        "site/admin/jobs.html",
        form=form,
        page=page,
        failed=jobs.failed_by_name(),
        labels=JOB_LABELS,
        query_args=form.query_args(),
    )
    return html, form.status


@bp.post("/admin/jobs/<int:task_id>/retry")
@requires_permission("see_jobs")
def retry_job(task_id: int) -> ResponseReturnValue:
    return _retried(jobs.retry(acting(), task_id))


@bp.post("/admin/jobs/retry")
@requires_permission("see_jobs")
def retry_jobs() -> ResponseReturnValue:
    """All that failed of the kind that the form names."""
    return _retried(jobs.retry(acting(), name=request.form.get("kind", "")))


@bp.post("/admin/jobs/<int:task_id>/drop")
@requires_permission("see_jobs")
def drop_job(task_id: int) -> ResponseReturnValue:
    return _done(jobs.drop(acting(), task_id), _("The job was dropped."))


def _retried(count: int) -> ResponseReturnValue:
    text = ngettext("%(num)s job is tried again.", "%(num)s jobs are tried again.", count)
    return _done(count, text)


def _done(count: int, text: str) -> ResponseReturnValue:
    db.session.commit()
    if count:
        flash(text)
    else:
        flash(_("Someone else has decided already."), "info")
    return redirect(url_for("main.job_list"))
