"""People for those who manage them: the list, one person, and what can be done."""

from __future__ import annotations

from functools import partial

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.people import PeopleFilterForm, RoleForm
from app.models import User
from app.policies import has_permission, may_grant, outranks
from app.services.accounts import people, roles
from app.services.accounts.accounts import ERASE_AFTER
from app.web.actors import acting
from app.web.paging import Page, page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import requires_permission
from app.web.viewer import member


@bp.get("/admin/people")
@requires_permission("manage_people")
def admin_people() -> ResponseReturnValue:
    form = PeopleFilterForm(request.args)
    form.offer(roles.listed())
    sees_addresses = has_permission(member(), "see_addresses")
    if sees_addresses:
        form.q.label.text = _("Name or address")
    page: Page[User] = Page([], None, None)
    if form.validate():
        fetch = partial(people.page, form.filters(sees_addresses=sees_addresses))
        page = page_of(fetch, key=lambda user: user.id, query_args=form.query_args())
    html = render_template(
        "accounts/people/people.html",
        form=form,
        page=page,
        sees_addresses=sees_addresses,
        query_args=form.query_args(),
    )
    return html, form.status


@bp.get("/admin/user/<username>")
@requires_permission("manage_people")
def admin_person(username: str) -> ResponseReturnValue:
    return _page(_person_or_404(username), None)


def _person_or_404(username: str) -> User:
    """Also somebody whom a block hides, or who has closed their account."""
    user = people.named(username)
    if user is None:
        abort(404)
    return user


def _page(user: User, form: RoleForm | None) -> ResponseReturnValue:
    me = member()
    grantable = [role for role in roles.listed() if may_grant(me, role)]
    is_below, status = outranks(me, user), form.status if form else 200
    if form is None:
        form = RoleForm(role=str(user.role_id))
        form.offer(grantable)
    html = render_template(
        "accounts/people/person.html",
        user=user,
        form=form,
        kept_days=ERASE_AFTER.days,
        is_below=is_below,
        sees_addresses=has_permission(me, "see_addresses"),
        access=people.access_of(user),
    )
    return html, status


def _done(user: User, text: str) -> ResponseReturnValue:
    flash(text)
    return redirect(url_for("main.admin_person", username=user.username))


@bp.post("/admin/user/<username>/role")
@requires_permission("manage_people")
def give_role(username: str) -> ResponseReturnValue:
    user, form = _person_or_404(username), RoleForm()
    listed = roles.listed()
    form.offer([role for role in listed if may_grant(member(), role)])
    if not form.validate_on_submit():
        return _page(user, form)
    role = next(one for one in listed if str(one.id) == form.role.data)
    roles.give(user, role, acting())
    db.session.commit()
    log_event("privilege_permissions_changed", whose=user.id, role=role.name)
    return _done(user, _("The role was changed. It ends all their sessions."))


@bp.post("/admin/user/<username>/verify")
@requires_permission("manage_people")
def verify_person(username: str) -> ResponseReturnValue:
    user = _person_or_404(username)
    people.verify(user, acting())
    db.session.commit()
    return _done(user, _("The address is confirmed now."))


@bp.post("/admin/user/<username>/reset-link")
@requires_permission("manage_people")
@limited("reset-link", per_person("60/hour"))
def send_reset_link(username: str) -> ResponseReturnValue:
    user = _person_or_404(username)
    people.send_reset_link(user, acting())
    db.session.commit()
    return _done(user, _("We're emailing them a link to choose a new password."))


@bp.post("/admin/user/<username>/end-sessions")
@requires_permission("manage_people")
def end_sessions_of(username: str) -> ResponseReturnValue:
    user = _person_or_404(username)
    count = people.end_sessions(user, acting())
    db.session.commit()
    text = ngettext("%(num)s device was signed out.", "%(num)s devices were signed out.", count)
    return _done(user, text if count else _("They weren't signed in anywhere."))


@bp.post("/admin/user/<username>/reset-two-factor")
@requires_permission("manage_people")
def reset_two_factor_of(username: str) -> ResponseReturnValue:
    user = _person_or_404(username)
    had_app, passkeys_count = people.reset_two_factor(user, acting())
    db.session.commit()
    if not had_app and not passkeys_count:
        return _done(user, _("There was nothing to remove."))
    log_event("authn_factor_removed", whose=user.id, by="administrator")
    return _done(user, _("Their authenticator app and passkeys are removed. We've emailed them."))


@bp.post("/admin/user/<username>/close")
@requires_permission("manage_people")
def close_person(username: str) -> ResponseReturnValue:
    user = _person_or_404(username)
    people.close(user, acting())
    db.session.commit()
    log_event("user_archived", whose=user.id)
    return _done(user, _("The account is closed. We've emailed them how to reopen it."))
