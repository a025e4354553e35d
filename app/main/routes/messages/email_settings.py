"""Which emails somebody gets."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.email_settings import EmailSettingsForm
from app.models.messages.mail_opt_out import MAIL_KINDS
from app.services.messages import subscriptions
from app.web.viewer import member


@bp.route("/settings/emails", methods=["GET", "POST"])
def email_settings() -> ResponseReturnValue:
    """For those whose role has them get some that one can do without."""
    kinds = subscriptions.kinds_for(member())
    if not kinds:
        abort(404)
    unwanted = subscriptions.unwanted_by(member())
    form = EmailSettingsForm(data={kind: kind not in unwanted for kind in kinds})
    for kind in MAIL_KINDS:
        if kind not in kinds:
            del form[kind]
    if form.validate_on_submit():
        subscriptions.choose(member(), [kind for kind in kinds if form[kind].data])
        db.session.commit()
        flash(_("Changes saved."))
        return redirect(url_for("main.email_settings"))
    page = render_template("accounts/settings/emails.html", form=form, kinds=kinds)
    return page, form.status
