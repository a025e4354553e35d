"""Block and unblock, and the list of whom one blocks."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.lib.urls import safe_path
from app.lib.username_lists import write_usernames
from app.main.blueprint import bp
from app.main.forms.blocks import ImportForm
from app.main.loaders import user_or_404
from app.services.accounts import users
from app.services.community import blocks, follows
from app.web.access import verified
from app.web.paging import page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.post("/user/<username>/block")
@verified
@limited("block", per_person("300/hour"))
def block(username: str) -> ResponseReturnValue:
    user = user_or_404(username)
    blocks.block(member(), user)
    db.session.commit()
    text = _("You blocked %(name)s. You no longer see each other.", name=user.name)
    flash(text, "undo:" + url_for("main.unblock", username=user.username))
    return redirect(_list_in_view() or url_for("main.user", username=user.username))


@bp.post("/user/<username>/unblock")
def unblock(username: str) -> ResponseReturnValue:
    # Who is not blocked, or not any more, has nothing that could be taken back.
    user = blocks.find_blocked(member(), username) or user_or_404(username)
    blocks.unblock(member(), user)
    db.session.commit()
    flash(_("You unblocked %(name)s.", name=user.name))
    own_page = url_for("main.user", username=user.username)
    return redirect(safe_path(request.form.get("next")) or own_page)


@bp.post("/user/<username>/remove-follower")
def remove_follower(username: str) -> ResponseReturnValue:
    user = user_or_404(username)
    was_follower = follows.remove_follower(member(), user)
    db.session.commit()
    if was_follower:
        flash(_("%(name)s no longer follows you.", name=user.name))
    own_page = url_for("main.user", username=user.username)
    return redirect(safe_path(request.form.get("next")) or own_page)


@bp.get("/settings/blocks")
def block_settings() -> ResponseReturnValue:
    return _list_page(ImportForm())


@bp.post("/settings/blocks/import")
@verified
@limited("import", per_person("10/day"))
def import_blocks() -> ResponseReturnValue:
    form = ImportForm()
    if not form.validate_on_submit():
        return _list_page(form)
    names = form.file.usernames
    count = blocks.block_all(member(), users.named(member(), names))
    db.session.commit()
    flash(
        ngettext("You blocked %(num)s more person.", "You blocked %(num)s more people.", count)
        if count
        else _("You already block everyone in this file who is here.")
    )
    return redirect(url_for("main.block_settings"))


@bp.get("/settings/blocks/export.csv")
def export_blocks() -> ResponseReturnValue:
    return csv_file("blocked.csv", blocks.usernames(member()))


def csv_file(name: str, usernames: list[str]) -> Response:
    """A list of people to download."""
    response = Response(write_usernames(usernames), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _list_page(form: ImportForm) -> ResponseReturnValue:
    page = page_of(partial(blocks.page, member()), key=lambda row: row.id)
    count = blocks.count(member())
    html = render_template("community/blocks.html", page=page, count=count, form=form)
    return html, form.status


def _list_in_view() -> str | None:
    """The page with the button, unless it is one of the person's own, which is gone now."""
    target = safe_path(request.form.get("next"))
    if target is None or urlsplit(target).path.startswith(("/user/", "/post/")):
        return None
    return target
