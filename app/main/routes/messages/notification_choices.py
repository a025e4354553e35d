"""How somebody hears of what others do, and when they get their digest."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.notification_choices import NotificationChoicesForm
from app.services.messages import notification_choices
from app.web.viewer import member


@bp.route("/settings/notifications", methods=["GET", "POST"])
def notification_settings() -> ResponseReturnValue:
    choices = notification_choices.of(member())
    hour = notification_choices.digest_hour_of(member())
    form = NotificationChoicesForm(data=NotificationChoicesForm.data_of(choices, hour))
    form.offer(emails=notification_choices.offers_email())
    if form.validate_on_submit():
        new_hour = form.digest_hour.data if form.digest_hour else None
        notification_choices.change(member(), form.chosen(), new_hour)
        db.session.commit()
        flash(_("Changes saved."))
        return redirect(url_for("main.notification_settings"))
    return render_template("accounts/settings/notifications.html", form=form), form.status
