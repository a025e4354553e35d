"""The rules of the site, for those who may change them."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.rules import RuleForm, filled
from app.services.site import rules
from app.services.site.rules import Entry
from app.web.actors import acting
from app.web.view_options import requires_permission, resumable
from config import LANGUAGES

PLACES = {"up": -1, "down": 1}


@bp.route("/admin/pages/rule/new", methods=["GET", "POST"])
@requires_permission("manage_site")
@resumable
def new_rule() -> ResponseReturnValue:
    form = RuleForm()
    if form.validate_on_submit():
        with form.errors_under(form.title_en):
            rule_id = rules.add(form.texts, acting())
            return _done(rule_id, _("The rule applies from now on."))
    return render_template("site/rule.html", form=form, entry=None), form.status


@bp.route("/admin/pages/rule/<int:rule_id>", methods=["GET", "POST"])
@requires_permission("manage_site")
@resumable
def edit_rule(rule_id: int) -> ResponseReturnValue:
    entry = _entry_or_404(rule_id)
    form = RuleForm(data=filled(entry.texts))
    if form.validate_on_submit():
        with form.errors_under(form.title_en):
            rules.edit(rule_id, form.texts, acting())
            return _done(rule_id, _("Changes saved."))
    defaults = {code: entry.default_words(code) for code in LANGUAGES}
    page = render_template("site/rule.html", form=form, entry=entry, defaults=defaults)
    return page, form.status


@bp.post("/admin/pages/rule/<int:rule_id>/<any(up, down):direction>")
@requires_permission("manage_site")
def move_rule(rule_id: int, direction: str) -> ResponseReturnValue:
    rules.move(rule_id, PLACES[direction], acting())
    return _done(rule_id)


@bp.post("/admin/pages/rule/<int:rule_id>/remove")
@requires_permission("manage_site")
def remove_rule(rule_id: int) -> ResponseReturnValue:
    rules.remove(rule_id, acting())
    undo = url_for("main.restore_rule", rule_id=rule_id)
    return _done(rule_id, _("The rule is removed."), "undo:" + undo)


@bp.post("/admin/pages/rule/<int:rule_id>/restore")
@requires_permission("manage_site")
def restore_rule(rule_id: int) -> ResponseReturnValue:
    rules.restore(rule_id, acting())
    return _done(rule_id, _("The rule is back."))


def _entry_or_404(rule_id: int) -> Entry:
    entry = next((entry for entry in rules.applied() if entry.id == rule_id), None)
    return entry or abort(404)


def _done(rule_id: int, text: str = "", category: str = "message") -> ResponseReturnValue:
    db.session.commit()
    log_event("site_rules_changed", rule_id=rule_id)
    if text:
        flash(text, category)
    return redirect(url_for("main.site_page_list", _anchor="rules"))
