"""Announcements: make and end them, and dismiss the one that a page shows."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.forms.announcements import AnnouncementForm, text_name
from app.services.site import announcements
from app.web.actors import acting
from app.web.paging import page_of
from app.web.view_options import requires_permission, resumable
from app.web.viewer import member
from config import LANGUAGES


@bp.route("/admin/announcements", methods=["GET", "POST"])
@requires_permission("manage_site")
@resumable
def announcement_list() -> ResponseReturnValue:
    form = AnnouncementForm()
    if form.validate_on_submit():
        announcements.create(form.texts(), form.start(), form.end(), acting())
        db.session.commit()
        flash(_("Announced."))
        return redirect(url_for("main.announcement_list"))
    page = page_of(announcements.page, key=lambda one: one.id)
    html = render_template(
        "site/admin/announcements.html",
        form=form,
        page=page,
        languages=LANGUAGES,
        text_name=text_name,
    )
    return html, form.status


@bp.post("/admin/announcements/<int:announcement_id>/end")
@requires_permission("manage_site")
def end_announcement(announcement_id: int) -> ResponseReturnValue:
    if announcements.end(announcement_id, acting()):
        flash(_("It's no longer shown."))
    else:
        flash(_("Someone else has decided already."), "info")
    db.session.commit()
    return redirect(url_for("main.announcement_list"))


@bp.post("/announcements/<int:announcement_id>/dismiss")
def dismiss_announcement(announcement_id: int) -> ResponseReturnValue:
    announcements.dismiss(member(), announcement_id)
    db.session.commit()
    return redirect(safe_path(request.form.get("next")) or url_for("main.index"))
