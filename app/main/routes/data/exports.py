"""One's archive: ask for it, see how it goes, fetch it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.main.blueprint import bp
from app.main.routes.posts.timelines import member
from app.models import Export
from app.services.data import exports
from app.services.errors import ExportRunningError
from app.web.headers import no_trace
from app.web.rate_limits.rules import count, per_person


@bp.route("/export_posts", methods=["GET", "POST"], endpoint="export_posts")
@bp.route("/settings/export", methods=["GET", "POST"])
def export_settings() -> ResponseReturnValue:
    """Also at the address that readers of the Flask Mega-Tutorial know."""
    if request.method == "POST":
        return _start()
    rows = exports.kept_for(member())
    newest = rows[0] if rows and rows[0].state != "ready" else None
    # A site that came back from a backup has the rows without the files.
    ready = [row for row in rows if row.state == "ready" and exports.path_of(row.id).is_file()]
    return render_template("settings/export.html", newest=newest, ready=ready)


def _start() -> ResponseReturnValue:
    if exports.is_running(member()):
        return _is_running()
    count("export", per_person("3/day"))
    try:
        exports.start(member())
    except ExportRunningError:
        return _is_running()
    db.session.commit()
    return redirect(url_for("main.export_settings"))


@bp.post("/settings/export/<int:export_id>/retry")
def retry_export(export_id: int) -> ResponseReturnValue:
    try:
        exports.retry(member(), _mine(export_id))
    except ExportRunningError:
        return _is_running()
    db.session.commit()
    return redirect(url_for("main.export_settings"))


@bp.get("/settings/export/<int:export_id>/archive.zip")
def download_export(export_id: int) -> ResponseReturnValue:
    export, file = _mine(export_id), exports.path_of(export_id)
    if export.finished_at is None or not file.is_file():
        abort(404)
    name = f"microblog-{member().username}-{export.finished_at:%Y-%m-%d}.zip"
    return no_trace(send_file(file, "application/zip", as_attachment=True, download_name=name))


def _mine(export_id: int) -> Export:
    export: Export = db.first_or_404(Export.kept_for(member()).where(Export.id == export_id))
    return export


def _is_running() -> ResponseReturnValue:
    flash(_("Your archive is being made already."))
    return redirect(url_for("main.export_settings"))
