"""Decisions about people: make, lift, undo.

Nobody decides about somebody of the same or a higher rank: that raises NotAllowedError. Every act
is recorded in the audit log.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.lib.dates import utcnow
from app.models import Case, Decision, HiddenPost, NotedPost, Post, Report, User
from app.models.moderation.decision import Action
from app.policies import may_close, may_decide, may_overrule
from app.services.accounts import roles
from app.services.errors import GoneError, LastAdminError, NotAllowedError, NothingToHideError
from app.services.messages import mails, notifications
from app.services.moderation import cases, enforcement
from app.services.site import audit, rules
from app.services.site.audit import Actor

UNDO_PERIOD = timedelta(days=30)
# What can be for a while.
ENDING_ACTIONS = ("require_note", "silence", "suspend")
# What the audit log calls each action.
AUDIT_ACTIONS: dict[Action, audit.Action] = {
    "none": "close_case",
    "warn": "warn",
    "require_note": "require_note",
    "hide_posts": "hide_posts",
    "silence": "silence",
    "suspend": "suspend",
}


@dataclass(frozen=True)
class Verdict:
    """What to decide. `until` None: for good; `words` are for the person, `note` is for posts."""

    action: Action
    rule_id: int | None = None
    words: str = ""
    until: datetime | None = None
    post_ids: Collection[int] = field(default_factory=frozenset)
    note: str = ""
    notifies_reporters: bool = True


def decide(person: User, verdict: Verdict, by: Actor, case: Case | None = None) -> Decision:
    """Carry out `verdict`, tell `person`, and close `case`.

    Raises GoneError if somebody else has decided the case, NothingToHideError, or LastAdminError.
    """
    _require(by, person, verdict.action)
    # The case before the people, as reports do.
    if case is not None:
        cases.close(case)
    is_last = roles.lock(person)
    # Who was promoted meanwhile.
    _require(by, person, verdict.action)
    if is_last and verdict.action == "suspend":
        raise LastAdminError
    decision = Decision(
        person_id=person.id,
        case_id=case.id if case else None,
        moderator_id=by.person.id if by.person else None,
        action=verdict.action,
        rule_id=verdict.rule_id,
        words=verdict.words,
        until=verdict.until if verdict.action in ENDING_ACTIONS else None,
    )
    db.session.add(decision)
    db.session.flush()
    if verdict.action == "hide_posts":
        _attach(HiddenPost, decision, verdict.post_ids)
    elif verdict.action == "require_note":
        values = {"note": verdict.note, "ends_at": decision.until}
        _attach(NotedPost, decision, verdict.post_ids, **values)
    _enforce(decision, person)
    _record(AUDIT_ACTIONS[verdict.action], decision, person, by, reason=verdict.words)
    _notify(person, decision, verdict.note)
    if case is not None and verdict.notifies_reporters:
        event = "nothing" if verdict.action == "none" else "acted"
        notifications.reports(_reporter_ids(case), person.id, event)
    return decision


def can_be_lifted(decision: Decision) -> bool:
    """Whether it has an effect that can end."""
    return decision.is_in_force and decision.action not in ("none", "warn")


def may_lift(moderator: User, decision: Decision) -> bool:
    """Whether `moderator` may lift it: who may make it, and overrule who made it."""
    return _may_act(moderator, decision.person, decision.action) and may_overrule(
        moderator, decision
    )


def lift(decision: Decision, by: Actor) -> None:
    """End `decision` now. Raises GoneError if it has no effect anymore."""
    if by.person is not None and not may_lift(by.person, decision):
        raise NotAllowedError
    if not can_be_lifted(decision):
        raise GoneError
    _end(decision, lifted_at=utcnow())
    _record("lift_decision", decision, decision.person, by)
    _notify_of_end(decision, "lifted")


def lift_all(person: User, action: Action, by: Actor) -> int:
    """End every decision in force that took `action` against `person`. Returns how many."""
    rows = sa.select(Decision).where(
        Decision.person_id == person.id,
        Decision.action == action,
        Decision.in_force_clause(utcnow()),
    )
    in_force = db.session.scalars(rows.options(joinedload(Decision.person))).all()
    for decision in in_force:
        lift(decision, by)
    return len(in_force)


def undo(decision: Decision, by: Actor) -> None:
    """Take `decision` back, as if it never was, and open its case again.

    Raises GoneError after UNDO_PERIOD.
    """
    if by.person is not None and not may_undo(by.person, decision):
        raise NotAllowedError
    if not can_be_undone(decision):
        raise GoneError
    if decision.case_id is not None:
        cases.lock(decision.case_id)
    overturn(decision)
    if decision.case_id is not None:
        cases.reopen(decision.case_id)
    _record("undo_decision", decision, decision.person, by)
    _notify_of_end(decision, "undone")


def can_be_undone(decision: Decision) -> bool:
    """Whether it is recent enough, and was not taken back already."""
    return decision.undone_at is None and decision.created_at > utcnow() - UNDO_PERIOD


def may_undo(moderator: User, decision: Decision) -> bool:
    """Whether `moderator` may undo it: who may lift it, and answer an appeal that waits.

    Nobody gets around a colleague's answer by undoing and deciding again.
    """
    is_appealed = decision.appeal is not None and decision.appeal.answered_at is None
    is_reviewable = not is_appealed or may_review(moderator, decision)
    return may_lift(moderator, decision) and is_reviewable


def may_review(moderator: User, decision: Decision) -> bool:
    """Whether `moderator` may answer an appeal; who decided first, only where nobody else could."""
    if not may_decide(moderator, decision.person, decision.action):
        return False
    return decision.moderator_id != moderator.id or not _has_others(moderator, decision)


def _has_others(moderator: User, decision: Decision) -> bool:
    """Whether somebody else may answer, who has not reported what it is about."""
    reported = set(db.session.scalars(Report.reporters_of(decision.case_id)))
    return any(
        may_decide(other, decision.person, decision.action)
        for other in db.session.scalars(roles.staff()).all()
        if other.id != moderator.id and other.id not in reported
    )


def overturn(decision: Decision) -> None:
    """Take `decision` back, however old it is. Raises GoneError for the second of two at once."""
    _end(decision, undone_at=utcnow())


def find(decision_id: int) -> Decision | None:
    """A decision with whom it is about and who made it, their roles, and the appeal."""
    person = joinedload(Decision.person, innerjoin=True).joinedload(User.role, innerjoin=True)
    decider = joinedload(Decision.moderator).joinedload(User.role)
    found = sa.select(Decision).where(Decision.id == decision_id)
    return db.session.scalar(found.options(person, decider, joinedload(Decision.appeal)))


def find_for(moderator: User, decision_id: int) -> Decision | None:
    """The same if `moderator` may work on it: not about them, and not on a case they reported."""
    decision = find(decision_id)
    if decision is None or decision.person_id == moderator.id:
        return None
    if decision.case_id is not None and cases.find(decision.case_id, moderator) is None:
        return None
    return decision


def known_to(person: User) -> Sequence[Decision]:
    """The decisions that `person` was told of, the latest first, with their appeals."""
    rows = Decision.known_to(person).options(joinedload(Decision.appeal))
    return db.session.scalars(rows.order_by(Decision.id.desc())).all()


def posts_of(decision: Decision) -> Sequence[Post]:
    """The posts that `decision` hides or puts a note on, which their author has not deleted."""
    ids = sa.union_all(
        *(
            sa.select(model.post_id).where(model.decision_id == decision.id)
            for model in (HiddenPost, NotedPost)
        )
    )
    posts = sa.select(Post).where(Post.id.in_(ids), Post.deleted_at.is_(None))
    return db.session.scalars(posts.order_by(Post.id)).all()


def _require(by: Actor, person: User, action: Action) -> None:
    if by.person is not None and not _may_act(by.person, person, action):
        raise NotAllowedError


def _may_act(actor: User, person: User, action: Action) -> bool:
    is_allowed = may_close(actor, person) if action == "none" else may_decide(actor, person, action)
    return is_allowed and actor.id != person.id


def _attach(
    model: type[HiddenPost | NotedPost],
    decision: Decision,
    post_ids: Collection[int],
    **values: object,
) -> None:
    own = sa.select(Post.id).where(Post.author_id == decision.person_id, Post.id.in_(post_ids))
    own = own.where(Post.repost_of_id.is_(None))
    ids = db.session.scalars(own).all()
    if not ids:
        raise NothingToHideError
    rows = [{"decision_id": decision.id, "post_id": id_, **values} for id_ in ids]
    db.session.execute(sa.insert(model), rows)


def _end(decision: Decision, **values: datetime) -> None:
    db.session.refresh(decision.person, with_for_update={"of": User})
    claim = sa.update(Decision).where(Decision.id == decision.id, Decision.undone_at.is_(None))
    if "lifted_at" in values:
        claim = claim.where(Decision.lifted_at.is_(None))
    if db.session.scalar(claim.values(values).returning(Decision.id)) is None:
        raise GoneError
    _enforce(decision, decision.person)


def _enforce(decision: Decision, person: User) -> None:
    if decision.action == "hide_posts":
        hidden = sa.select(HiddenPost.post_id).where(HiddenPost.decision_id == decision.id)
        enforcement.apply_to_posts(db.session.scalars(hidden).all())
    elif decision.action == "require_note":
        noted = sa.select(NotedPost.post_id).where(NotedPost.decision_id == decision.id)
        enforcement.apply_notes(db.session.scalars(noted).all())
    elif decision.action in ("silence", "suspend"):
        enforcement.apply(person)


def _record(
    action: audit.Action, decision: Decision, person: User, by: Actor, *, reason: str = ""
) -> None:
    rule = rules.named(decision.rule_id, "en") if decision.rule_id else None
    target = f"decision {decision.id}"
    if decision.until:
        target += f" until {decision.until:%Y-%m-%d}"
    audit.record(
        action, by, person=person, target=target, rule=rule.title if rule else None, reason=reason
    )


def _notify(person: User, decision: Decision, note: str) -> None:
    if decision.action == "none":
        return
    notifications.decision(person, decision.id, decision.action)
    mails.queue(
        "decision",
        person,
        action=decision.action,
        decision_id=str(decision.id),
        rule_id=str(decision.rule_id or ""),
        until=decision.until.isoformat() if decision.until else "",
        words=decision.words,
        note=note,
    )


def _notify_of_end(decision: Decision, event: str) -> None:
    if decision.action == "none":
        return
    notifications.decision(decision.person, decision.id, event)
    mails.queue("decision_ended", decision.person, action=decision.action, event=event)


def _reporter_ids(case: Case) -> list[int]:
    return [id_ for id_ in db.session.scalars(Report.reporters_of(case.id)) if id_ is not None]
