"""Appeals: say something against a decision, and answer that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Appeal, Decision, User
from app.services.errors import GoneError, NotAllowedError
from app.services.messages import mails, notifications
from app.services.moderation import decisions
from app.services.site import audit
from app.services.site.audit import Actor

APPEAL_PERIOD = timedelta(days=30)
# Answered ones leave the list.
LISTED_MAX = 100
Outcome = Literal["upheld", "overturned"]


def may_be_appealed(decision: Decision) -> bool:
    """Whether the person may still say something against it."""
    is_recent = decision.created_at > utcnow() - APPEAL_PERIOD
    is_known = decision.action != "none" and decision.undone_at is None
    return is_recent and is_known and decision.appeal is None


def file(decision: Decision, words: str) -> None:
    """Appeal `decision`, once. Raises GoneError if that was done or is too late."""
    if not may_be_appealed(decision):
        raise GoneError
    values = {"decision_id": decision.id, "words": words, "created_at": utcnow()}
    new = insert(Appeal).values(values).on_conflict_do_nothing().returning(Appeal.decision_id)
    if db.session.scalar(new) is None:
        raise GoneError


def waiting_for(moderator: User) -> Sequence[Appeal]:
    """The oldest appeals that nobody has answered, with whom they are by."""
    person = contains_eager(Appeal.decision).joinedload(Decision.person, innerjoin=True)
    rows = Appeal.open_to(moderator).order_by(Appeal.decision_id).limit(LISTED_MAX)
    return db.session.scalars(rows.options(person)).all()


def count(moderator: User) -> int:
    """How many there are."""
    return db.session.scalars(Appeal.open_to(moderator).with_only_columns(sa.func.count())).one()


def find(decision_id: int, moderator: User) -> Appeal | None:
    """The appeal against a decision, if `moderator` may see it; also one that was answered."""
    person = contains_eager(Appeal.decision).joinedload(Decision.person, innerjoin=True)
    by_whom = contains_eager(Appeal.decision).joinedload(Decision.moderator)
    rows = Appeal.visible_to(moderator).where(Appeal.decision_id == decision_id)
    with_people = rows.options(person.joinedload(User.role, innerjoin=True), by_whom)
    return db.session.scalar(with_people)


def answer(appeal: Appeal, outcome: Outcome, words: str, by: Actor) -> None:
    """Uphold or overturn the decision, and tell the person.

    Raises NotAllowedError, or GoneError if somebody else has answered or has undone the decision.
    """
    decision, moderator = appeal.decision, by.person
    if moderator is not None and not decisions.may_review(moderator, decision):
        raise NotAllowedError
    values = {
        "answered_at": utcnow(),
        "answerer_id": moderator.id if moderator else None,
        "outcome": outcome,
        "answer": words,
    }
    is_undone = sa.exists().where(Decision.id == decision.id, Decision.undone_at.is_not(None))
    claim = sa.update(Appeal).where(
        Appeal.decision_id == decision.id, Appeal.answered_at.is_(None), ~is_undone
    )
    if db.session.scalar(claim.values(values).returning(Appeal.decision_id)) is None:
        raise GoneError
    if outcome == "overturned":
        decisions.overturn(decision)
    target = f"decision {decision.id} {outcome}"
    audit.record("answer_appeal", by, person=decision.person, target=target, reason=words)
    notifications.decision(decision.person, decision.id, outcome)
    mails.queue(
        "appeal_answered",
        decision.person,
        counted_as=f"appeal/{decision.id}",
        words=words,
        action=decision.action,
        outcome=outcome,
    )
