"""Profile, appearance and privacy settings."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.settings import AppearanceForm, PrivacyForm, ProfileForm
from app.services.accounts import users
from app.services.community import follow_requests
from app.web.time_zones import time_zone_choices
from app.web.viewer import member


def _saved(endpoint: str) -> ResponseReturnValue:
    db.session.commit()
    flash(_("Changes saved."))
    return redirect(url_for(endpoint))


@bp.get("/settings")
def settings() -> ResponseReturnValue:
    return render_template("accounts/settings/index.html")


@bp.route("/edit_profile", methods=["GET", "POST"], endpoint="edit_profile")
@bp.route("/settings/profile", methods=["GET", "POST"])
def edit_profile_settings() -> ResponseReturnValue:
    """Also at the URL that the Flask Mega-Tutorial uses."""
    form = ProfileForm(obj=member())
    if form.validate_on_submit():
        users.describe(member(), form.display_name.data or "", form.about_me.data or "")
        return _saved("main.edit_profile_settings")
    return render_template("accounts/settings/profile.html", form=form), form.status


@bp.route("/settings/appearance", methods=["GET", "POST"])
def appearance_settings() -> ResponseReturnValue:
    form = AppearanceForm(
        language=member().language or "",
        time_zone=member().time_zone or "UTC",
        theme=member().theme,
        uses_shortcuts=member().uses_shortcuts,
    )
    languages = current_app.config["LANGUAGES"]
    form.language.choices = [("", _("Same as browser")), *languages.items()]
    form.time_zone.choices = time_zone_choices(member().time_zone or "UTC")
    if form.validate_on_submit():
        member().language = form.language.data or None
        member().time_zone = form.time_zone.data
        member().theme = form.theme.data
        member().uses_shortcuts = form.uses_shortcuts.data
        refresh()
        return _saved("main.appearance_settings")
    return render_template("accounts/settings/appearance.html", form=form), form.status


@bp.route("/settings/privacy", methods=["GET", "POST"])
def privacy_settings() -> ResponseReturnValue:
    form = PrivacyForm(obj=member())
    if form.validate_on_submit():
        follow_requests.set_approval(member(), is_needed=form.approves_followers.data)
        member().default_visibility = form.default_visibility.data
        member().hides_follows = form.hides_follows.data
        member().is_discoverable = form.is_discoverable.data
        member().is_indexable = form.is_indexable.data
        member().shows_last_seen = form.shows_last_seen.data
        member().messages_from = form.messages_from.data
        if not member().shows_last_seen:
            member().last_seen = None
        return _saved("main.privacy_settings")
    return render_template("accounts/settings/privacy.html", form=form), form.status
