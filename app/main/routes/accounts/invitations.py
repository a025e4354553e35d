"""Links by which others join, for those who may invite."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.invitations import InvitationForm
from app.models import Invitation
from app.policies import may_invite, may_revoke
from app.services.accounts import invitations
from app.services.accounts.invitations import Sent
from app.web.access import require, require_verified
from app.web.actors import acting
from app.web.paging import Page, page_of
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import requires_permission
from app.web.viewer import member


@bp.route("/invitations", methods=["GET", "POST"])
@limited("invitation", per_person("20/hour"))
def invitation_list() -> ResponseReturnValue:
    require_verified()
    require(may_invite(member()))
    form = InvitationForm()
    if form.validate_on_submit():
        with form.errors_under(form.uses):
            made = invitations.create(member(), int(form.uses.data), int(form.days.data), acting())
            db.session.commit()
            log_event("invitation_created", invitation_id=made.id, uses=made.uses_max)
            flash(_("Your invitation is ready. Copy the link and send it."))
            return redirect(url_for("main.invitation_list"))
    sent = invitations.sent_by(member())
    return render_template("accounts/invitations.html", form=form, sent=sent), form.status


@bp.post("/invitations/<int:invitation_id>/revoke")
def revoke_invitation(invitation_id: int) -> ResponseReturnValue:
    # Also for those who may not invite anymore.
    own = Invitation.live_of(member()).where(Invitation.id == invitation_id)
    invitations.revoke(db.first_or_404(own), acting(), member())
    db.session.commit()
    log_event("invitation_revoked", invitation_id=invitation_id)
    flash(_("Invitation revoked. Its link doesn't work anymore."))
    return redirect(url_for("main.invitation_list"))


@bp.get("/admin/invitations")
@requires_permission("manage_people")
def admin_invitations() -> ResponseReturnValue:
    page: Page[Sent] = page_of(invitations.page, key=lambda sent: sent.invitation.id)
    return render_template(
        "accounts/all_invitations.html",
        page=page,
        now=utcnow(),
        may_revoke=lambda one: may_revoke(member(), one, one.user),
    )


@bp.post("/admin/invitations/<int:invitation_id>/revoke")
@requires_permission("manage_people")
def revoke_any_invitation(invitation_id: int) -> ResponseReturnValue:
    invitation = db.first_or_404(invitations.one(invitation_id))
    invitations.revoke(invitation, acting(), invitation.user)
    db.session.commit()
    log_event("invitation_revoked", invitation_id=invitation_id)
    flash(_("Invitation revoked. Its link doesn't work anymore."))
    return redirect(url_for("main.admin_invitations"))
