"""The queue of people who ask to join, for those who decide."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.models import Application
from app.services.accounts import applications
from app.web.actors import acting
from app.web.paging import Page, number_argument, number_fields
from app.web.view_options import requires_permission

PER_PAGE = 25


@bp.get("/admin/approvals")
@requires_permission("manage_people")
def approvals() -> ResponseReturnValue:
    page = _page(number_argument("after"))
    return render_template("accounts/approvals.html", page=page, total=applications.count())


def _page(after: int | None) -> Page[Application]:
    """Oldest first: whoever has waited longest is next."""
    rows = applications.page(PER_PAGE + 1, after)
    has_more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    first = url_for("main.approvals") if after else None
    after_these = url_for("main.approvals", after=rows[-1].user_id) if has_more else None
    return Page(rows, first, after_these)


@bp.post("/admin/approvals/accept")
@requires_permission("manage_people")
def accept_applications() -> ResponseReturnValue:
    accepted = applications.accept(number_fields("application"), acting())
    db.session.commit()
    for user_id in accepted:
        log_event("application_accepted", whose=user_id)
    return _done(len(accepted), ngettext("%(num)s accepted.", "%(num)s accepted.", len(accepted)))


@bp.post("/admin/approvals/refuse")
@requires_permission("manage_people")
def refuse_applications() -> ResponseReturnValue:
    refused = applications.refuse(number_fields("application"), acting())
    db.session.commit()
    for user_id in refused:
        log_event("application_refused", whose=user_id)
    return _done(len(refused), ngettext("%(num)s refused.", "%(num)s refused.", len(refused)))


def _done(count: int, text: str) -> ResponseReturnValue:
    if count:
        flash(text)
    elif "application" in request.form:
        flash(_("Someone else has decided already."), "info")
    else:
        flash(_("Choose at least one application first."), "error")
    return redirect(url_for("main.approvals"))
