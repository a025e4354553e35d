"""Filters: words and tags that one does not want to read."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.word_filters import first_tag
from app.main.blueprint import bp
from app.main.forms.filters import CONTEXT_LABELS, FilterForm
from app.models import Post
from app.services.community import filters
from app.web.paging import number_argument
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.get("/settings/filters")
def filter_settings() -> ResponseReturnValue:
    return render_template(
        "community/filters.html",
        filters=filters.page(member()),
        most=filters.FILTERS_MAX,
        labels=CONTEXT_LABELS,
    )


@bp.route("/settings/filters/new", methods=["GET", "POST"])
@limited("filter", per_person("120/hour"))
def new_filter() -> ResponseReturnValue:
    """The menu of a post leads here to choose what to filter from its words."""
    post_id = number_argument("post")
    post = db.session.scalar(Post.alone_for(post_id, member())) if post_id else None
    form = FilterForm.of(None, words=first_tag(post.html) if post else "")
    if not form.validate_on_submit():
        return _form_page(form, post=post)
    filters.create(member(), form.definition)
    db.session.commit()
    flash(_("Filter saved."))
    return redirect(url_for("main.filter_settings"))


@bp.route("/settings/filters/<int:filter_id>", methods=["GET", "POST"])
@limited("filter", per_person("120/hour"))
def edit_filter(filter_id: int) -> ResponseReturnValue:
    mine = filters.find(member(), filter_id) or abort(404)
    form = FilterForm.of(mine)
    if not form.validate_on_submit():
        return _form_page(form, filter_id)
    if not filters.change(member(), filter_id, lambda _mine: form.definition):
        abort(404)
    db.session.commit()
    flash(_("Filter saved."))
    return redirect(url_for("main.filter_settings"))


@bp.post("/settings/filters/<int:filter_id>/delete")
def delete_filter(filter_id: int) -> ResponseReturnValue:
    if not filters.delete(member(), filter_id):
        abort(404)
    db.session.commit()
    flash(_("Filter deleted."), "undo:" + url_for("main.restore_filter", filter_id=filter_id))
    return redirect(url_for("main.filter_settings"))


@bp.post("/settings/filters/<int:filter_id>/restore")
@limited("filter", per_person("120/hour"))
def restore_filter(filter_id: int) -> ResponseReturnValue:
    if not filters.restore(member(), filter_id):
        abort(404)
    db.session.commit()
    flash(_("The filter is back."))
    return redirect(url_for("main.filter_settings"))


def _form_page(
    form: FilterForm, filter_id: int | None = None, post: Post | None = None
) -> ResponseReturnValue:
    html = render_template(
        "community/filter.html",
        form=form,
        filter_id=filter_id,
        post=post,
        most=filters.KEYWORDS_MAX,
    )
    return html, form.status
