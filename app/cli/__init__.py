"""Commands for the operator, under `flask`."""

from __future__ import annotations

from flask import Flask

from app.cli.announce import announce_group
from app.cli.audit import audit_group
from app.cli.blocklist import blocklist_group
from app.cli.doctor import doctor_command
from app.cli.invite import invite_group
from app.cli.jobs import jobs_group
from app.cli.mail import mail_group
from app.cli.moderation import moderation_group
from app.cli.pages import pages_group
from app.cli.role import role_group
from app.cli.rules import rules_group
from app.cli.search import search_group
from app.cli.site import site_group
from app.cli.translate import translate_group
from app.cli.user import user_group
from app.cli.worker import worker_command


def init_app(app: Flask) -> None:
    groups = (
        announce_group,
        audit_group,
        blocklist_group,
        invite_group,
        jobs_group,
        moderation_group,
        mail_group,
        role_group,
        pages_group,
        rules_group,
        search_group,
        site_group,
        translate_group,
        user_group,
    )
    for command in (worker_command, *groups, doctor_command):
        app.cli.add_command(command)
