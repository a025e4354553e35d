"""Cases: the queue of moderators, who takes care of one, and notes about it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.database.cursor import Cursor
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Appeal, Case, CaseNote, Decision, Report, ReportedCopy, User
from app.policies import may_moderate, outranks
from app.services.accounts import roles
from app.services.errors import GoneError, NotAllowedError
from app.services.messages import mails
from app.services.moderation import reports
from app.services.site import audit
from app.services.site.audit import Actor

# How long what was attached to reports is kept after the decision.
COPY_RETENTION = timedelta(days=180)
Queue = Literal["open", "mine", "done"]


@dataclass(frozen=True)
class Filters:
    """Which cases to list. `rule_id` 0: those of something else."""

    queue: Queue = "open"
    rule_id: int | None = None

    def select(self, moderator: User) -> sa.Select[Case]:
        rows = Case.visible_to(moderator)
        is_open = Case.closed_at.is_(None)
        rows = rows.where(~is_open if self.queue == "done" else is_open)
        if self.queue == "mine":
            rows = rows.where(Case.assignee_id == moderator.id)
        if self.rule_id is not None:
            rows = rows.where(Case.rule_id.is_not_distinct_from(self.rule_id or None))
        return rows


def page(filters: Filters, moderator: User, cursor: Cursor) -> list[Case]:
    """A page of the cases with whom they are about, by when they were opened."""
    people = joinedload(Case.person, innerjoin=True), joinedload(Case.assignee)
    rows = filters.select(moderator).options(*people)
    return list(db.session.scalars(cursor.apply(rows, Case.id)))


def open_ones(cursor: Cursor) -> list[Case]:
    """All open cases, for operators."""
    people = joinedload(Case.person, innerjoin=True), joinedload(Case.assignee)
    rows = sa.select(Case).where(Case.closed_at.is_(None)).options(*people)
    return list(db.session.scalars(cursor.apply(rows, Case.id)))


def counts(moderator: User) -> dict[str, int]:
    """How many cases are open, and how many of them `moderator` takes care of."""
    is_mine = Case.assignee_id == moderator.id
    rows = Case.visible_to(moderator).where(Case.closed_at.is_(None))
    count = rows.with_only_columns(sa.func.count(), sa.func.count().filter(is_mine))
    total, mine = db.session.execute(count).one()
    return {"open": total, "mine": mine}


def find(case_id: int, moderator: User) -> Case | None:
    """A case on which `moderator` may work, with whom it is about and their role."""
    person = joinedload(Case.person, innerjoin=True).joinedload(User.role, innerjoin=True)
    found = Case.visible_to(moderator).where(Case.id == case_id)
    return db.session.scalar(found.options(person, joinedload(Case.assignee)))


@dataclass(frozen=True)
class Evidence:
    """What the reports of a case say, each post and message once."""

    words: Sequence[str]
    posts: Sequence[ReportedCopy]
    messages: Sequence[ReportedCopy]

    @property
    def post_ids(self) -> list[int]:
        return [copy.post_id for copy in self.posts if copy.post_id is not None]


def evidence_of(case: Case) -> Evidence:
    """All of it; two statements."""
    words = sa.select(Report.words).where(Report.case_id == case.id, Report.words != "")
    posts: dict[int, ReportedCopy] = {}
    messages: dict[int, ReportedCopy] = {}
    for copy in db.session.scalars(ReportedCopy.of_case(case)):
        # As it read last, if several people reported it.
        if copy.is_message:
            messages[copy.message_id or -copy.id] = copy
        else:
            posts[copy.post_id or -copy.id] = copy
    said = db.session.scalars(words.order_by(Report.id)).all()
    return Evidence(said, list(posts.values()), list(messages.values()))


def first_words(cases: Sequence[Case]) -> dict[int, str]:
    """What to show of each case in a list: the first thing that was attached, or was said."""
    ids = [case.id for case in cases]
    if not ids:
        return {}
    report = (
        sa.select(sa.func.min(Report.id)).where(Report.case_id.in_(ids)).group_by(Report.case_id)
    )
    copy = sa.select(ReportedCopy.body).where(
        ReportedCopy.report_id == Report.id, ReportedCopy.is_message.is_(False)
    )
    body = copy.order_by(ReportedCopy.id).limit(1).scalar_subquery()
    rows = sa.select(Report.case_id, Report.words, body).where(Report.id.in_(report))
    return {case_id: body or words for case_id, words, body in db.session.execute(rows)}


def notes_of(case: Case) -> Sequence[CaseNote]:
    """The notes about `case` with their authors, the oldest first."""
    notes = sa.select(CaseNote).where(CaseNote.case_id == case.id).order_by(CaseNote.id)
    return db.session.scalars(notes.options(joinedload(CaseNote.author))).all()


def history_of(person: User) -> Sequence[Decision]:
    """What was decided about `person` before, the latest first.

    What was undone is left out, unless a colleague did it after an appeal.
    """
    is_known = sa.or_(Decision.undone_at.is_(None), Appeal.outcome == "overturned")
    decisions = (
        sa.select(Decision)
        .outerjoin(Decision.appeal)
        .where(Decision.person_id == person.id, Decision.action != "none", is_known)
    )
    with_role = joinedload(Decision.person, innerjoin=True).joinedload(User.role, innerjoin=True)
    decider = joinedload(Decision.moderator).joinedload(User.role)
    options = with_role, decider, contains_eager(Decision.appeal)
    return db.session.scalars(decisions.order_by(Decision.id.desc()).options(*options)).all()


def open_about(person: User, by: Actor, post_id: int | None) -> Case:
    """The open case about `person`, or a new one, which nobody has reported; with a post of theirs.

    Nothing is added to a case that the actor has reported. Raises NotAllowedError for somebody of
    the same or a higher rank, and GoneError for those of whom nobody can see anything: they have
    asked to join, or have left.
    """
    if by.person is not None and not outranks(by.person, person):
        raise NotAllowedError
    if person.is_applicant or not person.is_active:
        raise GoneError
    case = reports.open_case(person)
    if by.person is not None and reports.is_reporter(by.person, case):
        return case
    if post_id is not None:
        reports.attach_post(case, post_id, by.person)
    audit.record("open_case", by, person=person, target=f"case {case.id}")
    return case


def take(case: Case, by: Actor) -> None:
    """Have the actor take care of `case`. Raises GoneError if it is closed."""
    _assign(case, by.person.id if by.person else None)
    audit.record("take_case", by, person=case.person, target=f"case {case.id}")


def release(case: Case, by: Actor) -> None:
    """Leave `case` to others. Raises GoneError if it is closed."""
    _assign(case, None)
    audit.record("release_case", by, person=case.person, target=f"case {case.id}")


def _assign(case: Case, assignee_id: int | None) -> None:
    change = sa.update(Case).where(Case.id == case.id, Case.closed_at.is_(None))
    if db.session.scalar(change.values(assignee_id=assignee_id).returning(Case.id)) is None:
        raise GoneError


def add_note(case: Case, text: str, by: Actor) -> None:
    """Tell other moderators something about `case`, also after the decision."""
    author_id = by.person.id if by.person else None
    db.session.add(CaseNote(case_id=case.id, author_id=author_id, text=text))
    audit.record("add_note", by, person=case.person, target=f"case {case.id}")


def notify_staff() -> int:
    """One email to each moderator who may work on what no email has announced yet.

    Returns to how many.
    """
    now = utcnow()
    new = sa.update(Case).where(Case.closed_at.is_(None), Case.notified_at.is_(None))
    case_ids = db.session.scalars(new.values(notified_at=now).returning(Case.id)).all()
    filed = sa.update(Appeal).where(Appeal.answered_at.is_(None), Appeal.notified_at.is_(None))
    filed = filed.values(notified_at=now)
    appeal_ids = db.session.scalars(filed.returning(Appeal.decision_id)).all()
    if not case_ids and not appeal_ids:
        return 0
    count = 0
    for user in db.session.scalars(roles.staff()).all():
        if may_moderate(user):
            count += _notify(user, case_ids, appeal_ids)
    return count


def _notify(moderator: User, case_ids: Sequence[int], appeal_ids: Sequence[int]) -> bool:
    """Whether any of these is for them: nobody hears of a case about themselves."""
    new_cases = Case.visible_to(moderator).where(Case.id.in_(case_ids))
    new_appeals = Appeal.open_to(moderator).where(Appeal.decision_id.in_(appeal_ids))
    count = sa.func.count()
    waiting, appealed = (
        db.session.scalars(rows.with_only_columns(count)).one() for rows in (new_cases, new_appeals)
    )
    if waiting or appealed:
        # One an hour is not too many a day.
        kind = f"cases_waiting/{utcnow():%Y%m%d%H}"
        facts = str(waiting), str(appealed)
        mails.queue("cases_waiting", moderator, counted_as=kind, cases=facts[0], appeals=facts[1])
    return bool(waiting or appealed)


def purge() -> int:
    """Delete the copies in cases that closed more than COPY_RETENTION ago. Returns how many."""
    old = sa.select(Case.id).where(Case.closed_at < utcnow() - COPY_RETENTION)
    reports_of = sa.select(Report.id).where(Report.case_id.in_(old))
    gone = sa.delete(ReportedCopy).where(ReportedCopy.report_id.in_(reports_of))
    return len(db.session.scalars(gone.returning(ReportedCopy.id)).all())


def lock(case_id: int) -> None:
    """Hold a case until the transaction ends; always before the person whom it is about."""
    db.session.execute(sa.select(Case.id).where(Case.id == case_id).with_for_update())


def reopen(case_id: int) -> None:
    """Open a case again whose decision was undone, unless another one about the person is open."""
    other = aliased(Case)
    same_person = sa.select(Case.person_id).where(Case.id == case_id).scalar_subquery()
    is_open = sa.exists().where(other.person_id == same_person, other.closed_at.is_(None))
    again = sa.update(Case).where(Case.id == case_id, ~is_open).values(closed_at=None)
    # A report may open another one at this moment.
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.execute(again.execution_options(synchronize_session=False))


def close(case: Case) -> None:
    """Close `case`, about which was decided. Raises GoneError for the second of two at once."""
    claim = sa.update(Case).where(Case.id == case.id, Case.closed_at.is_(None))
    if db.session.scalar(claim.values(closed_at=utcnow()).returning(Case.id)) is None:
        raise GoneError
