"""The overview of `/admin`: how the site is, and how it lives."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.models import Task
from app.policies import has_permission, may_moderate
from app.services.messages import mail_tests
from app.services.site import figures, health, unsafe_settings
from app.web.actors import acting
from app.web.charts import chart_of
from app.web.health_lines import lines_of
from app.web.paging import number_argument
from app.web.rate_limits.rules import limited, per_person
from app.web.setting_advice import ADVICE
from app.web.view_options import for_staff, requires_permission
from app.web.viewer import member

# What those may see who look after jobs alone.
CHECKS_OF_JOBS = (health.queue, health.mail_backlog, health.dead_letters)


@bp.get("/admin")
@for_staff
def admin() -> ResponseReturnValue:
    """For whoever may open one of the pages of administration; for others it does not exist."""
    manages_site = has_permission(member(), "manage_site")
    results = [health.run_within_page(check) for check in _checks(manages_site)]
    return render_template(
        "site/admin/overview.html",
        lines=lines_of(results),
        findings=unsafe_settings.findings() if manages_site else [],
        advice=ADVICE,
        charts=[chart_of(series) for series in figures.series() if _may_see(series, manages_site)],
        mail_test=_mail_test() if manages_site else None,
    )


def _may_see(series: figures.Series, manages_site: bool) -> bool:
    """How much is reported is for those who read reports, too."""
    return series.kind.name != "reports" or manages_site or may_moderate(member())


def _checks(manages_site: bool) -> tuple[health.Check, ...]:
    """None of them talks to a server that could take long."""
    if manages_site:
        return health.OVERVIEW
    return CHECKS_OF_JOBS if has_permission(member(), "see_jobs") else ()


def _mail_test() -> Task | None:
    """The job of the test email that was just asked for."""
    task_id = number_argument("test")
    return mail_tests.find(member(), task_id) if task_id else None


@bp.post("/admin/mail-test")
@requires_permission("manage_site")
@limited("mail-test", per_person("5/hour"))
def send_test_mail() -> ResponseReturnValue:
    """Whether it went out is on the page that follows, once the worker has sent it."""
    task_id = mail_tests.send(member(), acting())
    db.session.commit()
    return redirect(url_for("main.admin", test=task_id, _anchor="mail-test"))
