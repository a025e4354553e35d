"""Settings of the site, for those who may change them while it runs."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.site_settings import SiteSettingsForm
from app.services.site import site_settings
from app.web.actors import acting
from app.web.view_options import requires_permission, resumable


@bp.route("/admin/site", methods=["GET", "POST"])
@requires_permission("manage_site")
@resumable
def site_settings_page() -> ResponseReturnValue:
    shown = {one.name.lower(): one for one in site_settings.shown()}
    form = SiteSettingsForm(data={field: one.value for field, one in shown.items()})
    for field, one in shown.items():
        if one.is_fixed:
            del form[field]
    if form.validate_on_submit():
        fields = {one.name: form[field] for field, one in shown.items() if field in form}
        texts = {name: str(field.data or "") for name, field in fields.items()}
        names = site_settings.change(texts, acting())
        db.session.commit()
        if names:
            log_event("site_settings_changed", names=",".join(names))
        flash(_("Changes saved."))
        return redirect(url_for("main.site_settings_page"))
    page = render_template("site/site_settings.html", form=form, shown=shown)
    return page, form.status
