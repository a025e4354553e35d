"""Roles, for those who manage them: what each may do, and roles of the site's own."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.roles import RoleDetailsForm, permission_words, role_words
from app.models import Role
from app.policies import may_change_role
from app.services.accounts import roles
from app.web.access import require
from app.web.actors import acting
from app.web.view_options import requires_permission, resumable
from app.web.viewer import member


@bp.get("/admin/roles")
@requires_permission("manage_roles")
def admin_roles() -> ResponseReturnValue:
    return render_template(
        "accounts/roles/roles.html",
        roles=roles.listed(),
        counts=roles.people_counts(),
        may_change=lambda role: may_change_role(member(), role),
        words=role_words,
    )


@bp.route("/admin/roles/new", methods=["GET", "POST"])
@requires_permission("manage_roles")
@resumable
def new_role() -> ResponseReturnValue:
    form = RoleDetailsForm.of(None)
    if form.validate_on_submit():
        made = roles.create(form.definition, acting())
        db.session.commit()
        log_event("role_created", role=made.name)
        flash(_("The role is ready. Give it to someone on their page under People."))
        return redirect(url_for("main.admin_roles"))
    return _page(form, None)


@bp.route("/admin/roles/<int:role_id>", methods=["GET", "POST"])
@requires_permission("manage_roles")
@resumable
def edit_role(role_id: int) -> ResponseReturnValue:
    role = _role_or_404(role_id)
    require(may_change_role(member(), role))
    form = RoleDetailsForm.of(role)
    if form.validate_on_submit():
        roles.change(role, form.definition, acting(), seen=form.seen.data)
        db.session.commit()
        log_event("role_changed", role=role.name)
        flash(_("Changes saved."))
        return redirect(url_for("main.admin_roles"))
    return _page(form, role)


def _role_or_404(role_id: int) -> Role:
    role: Role = db.get_or_404(Role, role_id)
    return role


def _page(form: RoleDetailsForm, role: Role | None) -> ResponseReturnValue:
    # Only whoever deletes it needs to know, and everybody has that of members.
    is_own = role is not None and not role.is_builtin
    page = render_template(
        "accounts/roles/role.html",
        form=form,
        role=role,
        people_count=roles.people_count(role) if role and is_own else 0,
        kept=permission_words(form.kept) if form.kept else "",
        rank_max=member().role.rank - 1,
    )
    return page, form.status


@bp.post("/admin/roles/<int:role_id>/delete")
@requires_permission("manage_roles")
def delete_role(role_id: int) -> ResponseReturnValue:
    role = _role_or_404(role_id)
    count = roles.delete(role, acting())
    db.session.commit()
    log_event("role_deleted", role=role.name, people=count)
    text = ngettext(
        "The role is deleted. %(num)s person who had it is a member now.",
        "The role is deleted. %(num)s people who had it are members now.",
        count,
    )
    flash(text if count else _("The role is deleted."))
    return redirect(url_for("main.admin_roles"))
