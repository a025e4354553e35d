"""Reports: what members tell moderators about somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.database.upsert import insert
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Case, Message, Participation, Post, Report, ReportedCopy, User
from app.models.moderation.case import OPEN, WORDS_MAX
from app.models.posts.readers import readable_clause
from app.services.errors import NotAllowedError

# How many of the latest of somebody the form offers.
POSTS_OFFERED = 5
MESSAGES_OFFERED = 20
# So many of what was attached by one person are kept.
COPIES_MAX = 40


@dataclass(frozen=True)
class Complaint:
    """What somebody reports. `rule_id` None: something else."""

    rule_id: int | None
    words: str = ""
    post_ids: Collection[int] = field(default_factory=frozenset)
    message_ids: Collection[int] = field(default_factory=frozenset)


def reportable_by(viewer: User) -> sa.ColumnElement[bool]:
    """The condition that `viewer` may report somebody.

    They may see them, or have exchanged messages with them.
    """
    has_written = sa.exists().where(
        Participation.user_id == viewer.id, Participation.other_id == User.id
    )
    return sa.or_(User.visibility_clause(viewer), has_written)


def person_named(username: str, viewer: User) -> User | None:
    """The person with this name whom `viewer` may report."""
    return db.session.scalar(User.named(username).where(reportable_by(viewer)))


def person_with_id(user_id: int, viewer: User) -> User | None:
    """The same by their id."""
    return db.session.scalar(User.active().where(User.id == user_id, reportable_by(viewer)))


def offered_posts(person: User, viewer: User, chosen_id: int | None) -> Sequence[Post]:
    """The latest posts of `person` that `viewer` may read, and the chosen one, however old."""
    posts = Post.visible_to(viewer).where(Post.author_id == person.id)
    latest = list(db.session.scalars(posts.order_by(Post.id.desc()).limit(POSTS_OFFERED)))
    if chosen_id is None or chosen_id in (post.id for post in latest):
        return latest
    chosen = db.session.scalars(posts.where(Post.id == chosen_id)).all()
    return [*chosen, *latest][:POSTS_OFFERED]


def offered_messages(person: User, viewer: User) -> Sequence[Message]:
    """The latest messages that `person` has written to `viewer`, the newest first."""
    participation = db.session.scalar(Participation.between(viewer, person))
    if participation is None:
        return []
    messages = sa.select(Message).where(
        Message.conversation_id == participation.conversation_id, Message.sender_id == person.id
    )
    return db.session.scalars(messages.order_by(Message.id.desc()).limit(MESSAGES_OFFERED)).all()


def file(reporter: User, person: User, complaint: Complaint) -> Report:
    """Add what `reporter` says about `person` to the open case about them, or to a new one.

    Whoever has reported in that case already adds to their report. Posts that they may not read
    and messages that were not written to them are left out. Raises NotAllowedError for oneself.
    """
    if reporter.id == person.id:
        raise NotAllowedError
    case = open_case(person, complaint.rule_id)
    key = {"case_id": case.id, "reporter_id": reporter.id}
    values = key | {"rule_id": complaint.rule_id, "words": complaint.words, "created_at": utcnow()}
    added = insert(Report).values(values).on_conflict_do_nothing().returning(Report.id)
    if db.session.scalar(added) is not None:
        counted = sa.update(Case).where(Case.id == case.id)
        db.session.execute(counted.values(reports_count=Case.reports_count + 1))
    report = db.session.scalars(sa.select(Report).filter_by(**key).with_for_update()).one()
    if complaint.words and complaint.words not in report.words:
        report.words = f"{report.words}\n\n{complaint.words}".strip()[-WORDS_MAX:]
    _attach(report, _post_copies(reporter, person, complaint.post_ids))
    _attach(report, _message_copies(reporter, person, complaint.message_ids))
    db.session.flush()
    return report


def open_case(person: User, rule_id: int | None = None) -> Case:
    """The open case about `person`; a new one if there is none."""
    values = {"person_id": person.id, "rule_id": rule_id, "opened_at": utcnow()}
    new = insert(Case).values(values)
    # Of two at once, the second joins the case of the first.
    new = new.on_conflict_do_nothing(index_elements=[Case.person_id], index_where=OPEN)
    # Locked, so that nobody closes it before the report is in it.
    found = sa.select(Case).where(Case.person_id == person.id, Case.closed_at.is_(None))
    case = None
    while case is None:
        db.session.execute(new)
        # None if it was closed in between.
        case = db.session.scalar(found.with_for_update())
    return case


def is_reporter(person: User, case: Case) -> bool:
    """Whether `person` has reported in `case`, and so does not work on it."""
    mine = sa.exists().where(Report.case_id == case.id, Report.reporter_id == person.id)
    return bool(db.session.scalar(sa.select(mine)))


def attach_post(case: Case, post_id: int, moderator: User | None) -> None:
    """Attach a post of the person to `case`, without a reporter.

    What is for followers alone only if `moderator` (None: whoever runs the server) is one of them:
    others read it once somebody reports it.
    """
    posts = sa.select(Post).where(
        Post.author_id == case.person_id,
        Post.id == post_id,
        Post.deleted_at.is_(None),
        Post.repost_of_id.is_(None),
    )
    if moderator is not None:
        is_open = Post.visibility != "followers"
        posts = posts.where(sa.or_(is_open, readable_clause(Post, moderator)))
    attached = ReportedCopy.of_case(case).where(ReportedCopy.post_id == post_id)
    if db.session.scalar(attached) is None and (post := db.session.scalar(posts)) is not None:
        report = Report(case_id=case.id)
        db.session.add(report)
        db.session.flush()
        _attach(report, [_copy_of(post)])


def _attach(report: Report, copies: Sequence[dict[str, Any]]) -> None:
    count = sa.select(sa.func.count()).where(ReportedCopy.report_id == report.id)
    room = COPIES_MAX - db.session.scalars(count).one()
    for copy in copies[: max(room, 0)]:
        new = insert(ReportedCopy).values(report_id=report.id, **copy)
        db.session.execute(new.on_conflict_do_nothing())


def _post_copies(reporter: User, person: User, ids: Collection[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    posts = Post.visible_to(reporter).where(Post.author_id == person.id, Post.id.in_(ids))
    return [_copy_of(post) for post in db.session.scalars(posts.order_by(Post.id))]


def _copy_of(post: Post) -> dict[str, Any]:
    return {
        "post_id": post.id,
        "title": post.title,
        "body": post.body,
        "html": post.html,
        "language": post.language,
        "content_note": post.note,
        "written_at": post.edited_at or post.created_at,
    }


def _message_copies(reporter: User, person: User, ids: Collection[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    messages = Message.visible_to(reporter).where(
        Message.sender_id == person.id, Message.id.in_(ids)
    )
    return [
        {
            "message_id": message.id,
            "is_message": True,
            "body": message.body,
            "html": message.html,
            "written_at": message.created_at,
        }
        for message in db.session.scalars(messages.order_by(Message.id))
    ]
