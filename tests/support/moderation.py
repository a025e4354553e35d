"""Reports and decisions to test with."""

from __future__ import annotations

from typing import Any

from app import db
from app.models import Case, Decision, Post, User
from app.models.moderation.decision import Action
from app.services.moderation import decisions, reports
from app.services.moderation.decisions import Verdict
from app.services.moderation.reports import Complaint
from app.services.site.audit import COMMAND_LINE, Actor

SPAM = 1


def make_report(reporter: User, person: User, words: str = "", *posts: Post) -> Case:
    """What `reporter` says about `person`; the case that it is in."""
    complaint = Complaint(SPAM, words, [post.id for post in posts])
    report = reports.file(reporter, person, complaint)
    db.session.commit()
    return db.session.get_one(Case, report.case_id)


def decide(
    person: User, action: Action, by: User | None = None, case: Case | None = None, **values: Any
) -> Decision:
    """Carry out a decision about `person`, of the command line if nobody makes it."""
    actor = Actor(by) if by else COMMAND_LINE
    decision = decisions.decide(person, Verdict(action, **values), actor, case)
    db.session.commit()
    return decision
