"""The words that moderators use again: everyone of them reads, who manages the site writes."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.main.blueprint import bp
from app.main.forms.moderation import TemplateForm
from app.main.routes.moderation.cases import moderators_only, tab_counts
from app.models import WordsTemplate
from app.services.moderation import templates
from app.web.actors import acting
from app.web.locale import page_language
from app.web.view_options import requires_permission, resumable


@bp.get("/moderation/templates")
@moderators_only
def words_templates() -> ResponseReturnValue:
    return render_template(
        "moderation/templates.html", templates=templates.listed(), counts=tab_counts()
    )


@bp.route("/moderation/templates/new", methods=["GET", "POST"])
@resumable
@requires_permission("manage_site")
def new_words_template() -> ResponseReturnValue:
    return _edit(WordsTemplate(language=page_language()))


@bp.route("/moderation/templates/<int:template_id>", methods=["GET", "POST"])
@resumable
@requires_permission("manage_site")
def edit_words_template(template_id: int) -> ResponseReturnValue:
    return _edit(_template_or_404(template_id))


@bp.post("/moderation/templates/<int:template_id>/delete")
@requires_permission("manage_site")
def delete_words_template(template_id: int) -> ResponseReturnValue:
    templates.delete(_template_or_404(template_id), acting())
    db.session.commit()
    flash(_("Template deleted."))
    return redirect(url_for("main.words_templates"))


def _template_or_404(template_id: int) -> WordsTemplate:
    template = db.session.get(WordsTemplate, template_id)
    if template is None:
        abort(404)
    return template


def _edit(template: WordsTemplate) -> ResponseReturnValue:
    form = TemplateForm(obj=template)
    if not form.validate_on_submit():
        html = render_template("moderation/template.html", template=template, form=form)
        return html, form.status
    templates.save(template, form.name.data, form.language.data, form.words.data, acting())
    db.session.commit()
    flash(_("Template saved."))
    return redirect(url_for("main.words_templates"))
