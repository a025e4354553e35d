"""Mute and unmute, and the list of whom one mutes."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.forms.blocks import ImportForm
from app.main.forms.mutes import MuteForm
from app.main.loaders import user_or_404
from app.main.routes.community.blocks import csv_file
from app.services.accounts import users
from app.services.community import mutes
from app.web.access import verified
from app.web.navigation import previous_page
from app.web.paging import number_argument, page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.route("/user/<username>/mute", methods=["GET", "POST"])
@verified
@limited("mute", per_person("300/hour"))
def mute(username: str) -> ResponseReturnValue:
    """The page also blocks, and leads to a report. Muting leads back to where they were met."""
    user, form = user_or_404(username), MuteForm()
    met = safe_path(request.values.get("next")) or previous_page()
    back = met or url_for("main.user", username=user.username)
    if not form.validate_on_submit():
        post_id = number_argument("post")
        html = render_template(
            "community/mute.html", user=user, form=form, back=back, post_id=post_id
        )
        return html, form.status
    hides = form.notifications.data
    mutes.mute(member(), user, days=form.days.data, hides_notifications=hides)
    db.session.commit()
    text = _("You muted %(name)s. They won't know.", name=user.name)
    flash(text, "undo:" + url_for("main.unmute", username=user.username))
    return redirect(back)


@bp.post("/user/<username>/unmute")
def unmute(username: str) -> ResponseReturnValue:
    user = user_or_404(username)
    mutes.unmute(member(), user)
    db.session.commit()
    flash(_("You unmuted %(name)s.", name=user.name))
    own_page = url_for("main.user", username=user.username)
    return redirect(safe_path(request.form.get("next")) or own_page)


@bp.get("/settings/mutes")
def mute_settings() -> ResponseReturnValue:
    return _list_page(ImportForm())


@bp.post("/settings/mutes/import")
@verified
@limited("import", per_person("10/day"))
def import_mutes() -> ResponseReturnValue:
    form = ImportForm()
    if not form.validate_on_submit():
        return _list_page(form)
    count = mutes.mute_all(member(), users.named(member(), form.file.usernames))
    db.session.commit()
    flash(
        ngettext("You muted %(num)s more person.", "You muted %(num)s more people.", count)
        if count
        else _("You already mute everyone in this file who is here.")
    )
    return redirect(url_for("main.mute_settings"))


@bp.get("/settings/mutes/export.csv")
def export_mutes() -> ResponseReturnValue:
    return csv_file("muted.csv", mutes.usernames(member()))


def _list_page(form: ImportForm) -> ResponseReturnValue:
    page = page_of(partial(mutes.page, member()), key=lambda row: row.id)
    count = mutes.count(member())
    html = render_template("community/mutes.html", page=page, count=count, form=form)
    return html, form.status
