"""What staff of a sample site have to do: reports, decisions, an appeal, invitations, staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from app.demo.network import DemoNetwork
from app.extensions import db
from app.lib.dates import utcnow
from app.models import Post, User, WordsTemplate
from app.models.accounts.role import ADMINISTRATOR_ID
from app.services.accounts import invitations, roles
from app.services.moderation import appeals, cases, decisions, reports, templates
from app.services.moderation.decisions import Verdict
from app.services.moderation.reports import Complaint
from app.services.site import rules
from app.services.site.audit import COMMAND_LINE, Actor

# So that there is somebody to report and to decide about.
PEOPLE_MIN = 20
TEMPLATES = (
    ("Advertising", "en", "We allow advertising only for what you make yourself, once a week."),
    ("Publicidad", "es", "Solo se permite anunciar lo que haces tú, una vez por semana."),
    ("广告", "zh", "只能宣传你自己做的东西，每周一次。"),
)


def add_community(network: DemoNetwork) -> int:
    """Make staff of the first people, and give them cases in every state. Returns how many.

    None for a few people, nor where the site has staff or is for real people already.
    """
    is_wanted = len(network.ids) >= PEOPLE_MIN and not current_app.config["IS_PRODUCTION"]
    if not is_wanted or db.session.scalar(_staff()) is not None:
        return 0
    people = [db.session.get_one(User, id_) for id_ in network.ids[:PEOPLE_MIN]]
    staff = _make_staff(people[0], people[1])
    by = Actor(staff[1])
    for name, language, words in TEMPLATES:
        templates.save(WordsTemplate(), name, language, words, Actor(staff[0]))
    invitations.create(staff[0], uses=5, days=7)
    count = _open_cases(people[3:9], by) + _decided_cases(people[9:16], by)
    db.session.commit()
    return count


def _staff() -> sa.Select[int]:
    return sa.select(User.id).where(User.role_id == ADMINISTRATOR_ID).limit(1)


def _make_staff(owner: User, moderator: User) -> tuple[User, User]:
    for person, name in ((owner, "administrator"), (moderator, "moderator")):
        role = roles.named(name)
        if role is not None:
            roles.give(person, role, COMMAND_LINE)
    return owner, moderator


def _report(reporter: User, person: User, words: str = "", place: int | None = 0) -> None:
    own = sa.select(Post.id).where(Post.author_id == person.id, Post.repost_of_id.is_(None))
    ids = own.order_by(Post.id.desc()).limit(2)
    current = rules.current("en")
    rule_id = None if place is None else current[place % len(current)].id
    reports.file(reporter, person, Complaint(rule_id, words, db.session.scalars(ids).all()))


def _open_cases(people: Sequence[User], by: Actor) -> int:
    """Three cases: of two reporters, taken by the moderator, and about something else."""
    first, second, third, *others = people
    _report(others[0], first, "The same offer in every thread.")
    _report(others[1], first, "Publicidad, y nada más.")
    _report(others[0], second, "", 2)
    _report(others[1], third, "Not against a rule, I think, but please have a look.", None)
    case = cases.find(reports.open_case(second).id, by.person) if by.person else None
    if case is not None:
        cases.take(case, by)
        cases.add_note(case, "I've asked them what happened.", by)
    return 3


def _decided_cases(people: Sequence[User], by: Actor) -> int:
    """One of each action, one of them appealed, one undone."""
    now = utcnow()
    rule_id = rules.current("en")[0].id
    verdicts = (
        Verdict("none"),
        Verdict("warn", rule_id, TEMPLATES[0][2]),
        Verdict("silence", rule_id, TEMPLATES[0][2], now + timedelta(days=7)),
        Verdict("suspend", rule_id, TEMPLATES[0][2], now + timedelta(days=30)),
        Verdict("warn", rule_id, "This was a mistake of ours."),
    )
    *people, reporter = people
    for person, verdict in zip(people, verdicts, strict=False):
        _report(reporter, person)
        case = reports.open_case(person)
        decision = decisions.decide(person, verdict, by, case)
        found = decisions.find(decision.id)
        if found is not None and verdict.action == "silence":
            appeals.file(found, "I only told people about my own stall.")
        if found is not None and verdict is verdicts[-1]:
            decisions.undo(found, by)
    return min(len(people), len(verdicts))
