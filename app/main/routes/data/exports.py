"""Export of the user's own data: start it, follow its progress, download it."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.models import Export
from app.services.data import exports
from app.web.access import require_verified
from app.web.headers import no_store_no_referrer
from app.web.rate_limits.rules import hit, per_person
from app.web.view_options import for_suspended, sudo
from app.web.viewer import member


@bp.route("/export_posts", methods=["GET", "POST"], endpoint="export_posts")
@bp.route("/settings/export", methods=["GET", "POST"])
@for_suspended
@sudo
def export_settings() -> ResponseReturnValue:
    """Also at the URL that the Flask Mega-Tutorial uses."""
    if request.method == "POST":
        return _start()
    rows = exports.available_to(member())
    newest = rows[0] if rows and rows[0].state != "ready" else None
    # After a restore from a backup, the rows exist without the files.
    ready = [row for row in rows if row.state == "ready" and exports.path_of(row.id).is_file()]
    return render_template("data/exports/export.html", newest=newest, ready=ready)


def _start() -> ResponseReturnValue:
    require_verified()
    # Before the limit: a second click must not use it up.
    exports.check_none_runs(member())
    hit("export", per_person("3/day"))
    exports.start(member())
    db.session.commit()
    return redirect(url_for("main.export_settings"))


@bp.post("/settings/export/<int:export_id>/retry")
@for_suspended
@sudo
def retry_export(export_id: int) -> ResponseReturnValue:
    exports.retry(member(), _export_or_404(export_id))
    db.session.commit()
    return redirect(url_for("main.export_settings"))


@bp.get("/settings/export/<int:export_id>/archive.zip")
@for_suspended
@sudo
def download_export(export_id: int) -> ResponseReturnValue:
    export, file = _export_or_404(export_id), exports.path_of(export_id)
    if export.finished_at is None or not file.is_file():
        abort(404)
    name = f"microblog-{member().username}-{export.finished_at:%Y-%m-%d}.zip"
    return no_store_no_referrer(
        send_file(file, "application/zip", as_attachment=True, download_name=name)
    )


def _export_or_404(export_id: int) -> Export:
    export: Export = db.first_or_404(Export.available_to(member()).where(Export.id == export_id))
    return export
