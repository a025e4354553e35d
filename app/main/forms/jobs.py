"""Filters of the list of jobs, and what jobs are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from app.web.forms import Form

JOB_LABELS = {
    "count_figures": _l("Daily figures"),
    "end_decisions": _l("Ending suspensions"),
    "publish_scheduled": _l("Publishing scheduled posts"),
    "export_posts": _l("Archive of a member"),
    "mail_applications": _l("Digest of applications"),
    "mail_cases": _l("Digest of reports"),
    "mail_digest": _l("Daily digest of a member"),
    "mail_notification": _l("Notification by email"),
    "mail_password_reset": _l("Password link"),
    "purge": _l("Deleting old data"),
    "purge_tasks": _l("Deleting finished jobs"),
    "queue_digests": _l("Daily digests that are due"),
    "send_alert": _l("Alert to the operator"),
    "send_mail": _l("Email to a member"),
    "sync_search": _l("Update of the search index"),
}


class JobFilterForm(Form):
    """The query string of the list of jobs."""

    class Meta(Form.Meta):
        csrf = False

    state = SelectField(
        _l("State"),
        choices=[
            SelectChoice("", _l("Failed for good")),
            SelectChoice("open", _l("Waiting and running")),
        ],
        default="",
    )
    kind = SelectField(
        _l("Kind"),
        choices=[
            SelectChoice("", _l("Any kind")),
            *(SelectChoice(name, label) for name, label in JOB_LABELS.items()),
        ],
        default="",
    )

    def query_args(self) -> dict[str, str]:
        """The fields that are filled in."""
        return {field.name: str(field.data) for field in self if field.data}
