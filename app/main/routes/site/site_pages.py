"""What the owner writes about the site: its list and its forms, and the pages for everyone."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.html import page_html, words_of
from app.lib.log_events import log_event
from app.lib.text import excerpt
from app.main.blueprint import bp
from app.main.forms.site_pages import SitePageForm
from app.models.site.site_page import PAGE_NAMES
from app.services.site import rules, site_pages
from app.web.access import redirect_to_login
from app.web.actors import acting
from app.web.locale import is_language, page_language
from app.web.site_pages import may_read_site_pages
from app.web.view_options import public, requires_permission, resumable
from app.web.visitor_pages import kept_for_visitors

DESCRIPTION_MAX = 160


@bp.get("/about/rules")
@public
@kept_for_visitors
def site_rules() -> ResponseReturnValue:
    if not may_read_site_pages():
        return redirect_to_login()
    return render_template("site/rules.html", rules=rules.current(page_language()))


@bp.get("/about/<any(privacy, terms):name>")
@public
@kept_for_visitors
def site_page(name: str) -> ResponseReturnValue:
    if not may_read_site_pages():
        return redirect_to_login()
    shown = site_pages.shown(name, page_language())
    if shown is None:
        abort(404)
    description = excerpt(words_of(shown.html), DESCRIPTION_MAX)
    return render_template("site/page.html", name=name, shown=shown, description=description)


@bp.get("/admin/pages")
@requires_permission("manage_site")
def site_page_list() -> ResponseReturnValue:
    return render_template(
        "site/pages.html",
        entries=rules.applied(),
        language=page_language(),
        languages={name: site_pages.languages_of(name) for name in PAGE_NAMES},
    )


@bp.route("/admin/pages/<any(about, privacy, terms):name>/<language>", methods=["GET", "POST"])
@requires_permission("manage_site")
@resumable
def edit_site_page(name: str, language: str) -> ResponseReturnValue:
    if not is_language(language):
        abort(404)
    written = site_pages.bodies()
    default = site_pages.default_body(name, language)
    body = written.get((name, language), "")
    form = SitePageForm(data={"body": default if "default" in request.args else body})
    if form.validate_on_submit() and not form.preview.data:
        with form.errors_under(form.body):
            site_pages.save(name, language, form.body.data or "", acting())
            db.session.commit()
            log_event("site_page_changed", page=name)
            flash(_("Changes saved."))
            return redirect(url_for("main.edit_site_page", name=name, language=language))
    preview = page_html(form.body.data or default) if form.preview.data else None
    page = render_template(
        "site/page_form.html",
        name=name,
        language=language,
        form=form,
        has_default=bool(default),
        preview=preview,
        written=written,
    )
    return page, form.status
