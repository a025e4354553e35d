"""The block list: by what nobody may create an account."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.forms.blocklist import KIND_LABELS, BlockForm, BlocklistFilterForm
from app.models import BlocklistEntry
from app.services.accounts import blocklist
from app.web.actors import acting
from app.web.paging import Page, page_of
from app.web.view_options import requires_permission, resumable


@bp.route("/admin/blocked", methods=["GET", "POST"])
@requires_permission("manage_people")
@resumable
def blocklist_page() -> ResponseReturnValue:
    form = BlockForm()
    if form.validate_on_submit():
        with form.errors_in_place():
            kind, value = form.kind.data, form.value.parsed
            entry = blocklist.add(
                kind, value, acting(), note=form.note.data or "", ends_at=form.ends_at
            )
            db.session.commit()
            log_event("block_added", kind=kind, entry_id=entry.id)
            flash(_("Blocked. No one can create an account with it."))
            return redirect(url_for("main.blocklist_page"))
    return _page(form)


def _page(form: BlockForm) -> ResponseReturnValue:
    search = BlocklistFilterForm(request.args)
    page: Page[BlocklistEntry] = Page([], None, None)
    if search.validate():
        if search.q.data:
            page = Page(blocklist.find(search.q.data), None, None)
        else:
            fetch = partial(blocklist.page, search.filters())
            page = page_of(fetch, key=lambda row: row.id, query_args=search.query_args())
    html = render_template(
        "accounts/blocklist.html",
        form=form,
        search=search,
        page=page,
        labels=KIND_LABELS,
        query_args=search.query_args(),
    )
    return html, max(form.status, search.status)


@bp.post("/admin/blocked/<int:entry_id>/remove")
@requires_permission("manage_people")
def remove_block(entry_id: int) -> ResponseReturnValue:
    entry = blocklist.remove(entry_id, acting())
    db.session.commit()
    log_event("block_removed", kind=entry.kind, entry_id=entry_id)
    undo = "undo:" + url_for("main.restore_block", entry_id=entry_id)
    flash(_("Not blocked anymore."), undo)
    return redirect(_list_in_view())


@bp.post("/admin/blocked/<int:entry_id>/restore")
@requires_permission("manage_people")
def restore_block(entry_id: int) -> ResponseReturnValue:
    entry = blocklist.restore(entry_id, acting())
    db.session.commit()
    log_event("block_added", kind=entry.kind, entry_id=entry_id)
    flash(_("Blocked again."))
    return redirect(_list_in_view())


def _list_in_view() -> str:
    return safe_path(request.form.get("next")) or url_for("main.blocklist_page")
