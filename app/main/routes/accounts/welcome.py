"""The welcome that new members see once: their language, people to follow, and the rules."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.welcome import WelcomeForm
from app.services.accounts import directory, users
from app.services.accounts.first_steps import PEOPLE_SHOWN
from app.services.community import follows
from app.services.site import rules
from app.web.locale import page_language
from app.web.view_options import resumable
from app.web.viewer import member


@bp.route("/welcome", methods=["GET", "POST"])
@resumable
def welcome() -> ResponseReturnValue:
    form = WelcomeForm(language=page_language(), about_me=member().about_me)
    if form.validate_on_submit():
        member().language = form.language.data
        users.describe(member(), member().display_name, form.about_me.data or "")
        db.session.commit()
        refresh()
        return redirect(url_for("main.welcome_people"))
    return render_template("accounts/welcome/you.html", form=form), form.status


@bp.get("/welcome/people")
def welcome_people() -> ResponseReturnValue:
    people = directory.suggestions(member(), PEOPLE_SHOWN)
    circle = follows.Circle()
    return render_template("accounts/welcome/people.html", people=people, circle=circle)


@bp.get("/welcome/rules")
def welcome_rules() -> ResponseReturnValue:
    return render_template("accounts/welcome/rules.html", rules=rules.current(page_language()))
