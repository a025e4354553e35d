"""Twelve faults, one after another, under the load of a crowd; tests look at what is left."""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from app.database.postgresql import OUTAGE_SECONDS
from app.lib.dates import utcnow
from tests.external.cluster import PARTS, Stage, wait_until
from tests.external.load import Crowd, Person, Visit
from tests.support.factories import PASSWORD, make_user
from tests.support.searching import engine_of, rebuild
from tests.support.sites import open_site

WRITERS, FORGETFUL, ARCHIVISTS = 48, 120, 4
# So that their archives take long enough to be interrupted.
OLD_POSTS = 5000
FAULT_SECONDS, CALM_SECONDS = 3, 1
# Beside what the site is given: for machines that are busy with other things.
SLACK_SECONDS = 2
SPARE_ENGINE = "running on a backup"
FOUND_POST = re.compile(r'id="post-\d+"')
UNFINISHED = "SELECT name, attempts, last_error FROM task WHERE finished_at IS NULL AND key IS NULL"
# A mail that failed once waits for a minute, which is nothing to wait for here.
HURRY = """
    UPDATE task SET available_at = now()
    WHERE finished_at IS NULL AND failed_at IS NULL AND leased_by IS NULL AND key IS NULL
"""
OLD = """
    INSERT INTO post
        (author_id, body, html, visibility, created_at, search_text, search_version)
    SELECT id, 'Old bread ' || n, '<p>Old bread ' || n || '</p>', 'public',
        now() - interval '1 day', 'old bread ' || n, 1
    FROM "user", generate_series(1, :count) n WHERE username LIKE 'archivist%'
"""
OLD_COUNTED = "UPDATE \"user\" SET posts_count = :count WHERE username LIKE 'archivist%'"


@dataclass
class Fault:
    """What was away, and from when until when."""

    how: str
    part: str
    began: float
    ended: float = 0.0

    def touches(self, visit: Visit, seconds_more: float = 0.0) -> bool:
        return visit.began <= self.ended + seconds_more and visit.ended >= self.began

    def cuts(self, visit: Visit) -> bool:
        """Whether somebody's connection may have been held by what was killed."""
        return visit.began <= self.began + SLACK_SECONDS and visit.ended >= self.began


@dataclass
class Outcome:
    """The site after it all, and what people saw meanwhile."""

    stage: Stage
    crowd: Crowd
    archivists: list[Person]
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def people(self) -> list[Person]:
        return [*self.crowd.people, *self.archivists]

    def fault_of(self, visit: Visit) -> str:
        touching = [f"{one.how} {one.part}" for one in self.faults if one.touches(visit)]
        return touching[0] if touching else "calm"


def gather(outcome: Outcome, folder: Path) -> None:
    """Make people, and sign in those who act."""
    stage, crowd = outcome.stage, outcome.crowd
    writers = [f"writer{number}" for number in range(WRITERS)]
    archivists = [f"archivist{number}" for number in range(ARCHIVISTS)]
    actors = [*writers, *archivists]
    friends = [f"friend{number}" for number, _ in enumerate(actors)]
    crowd.forgetful = [f"forgetful{number}" for number in range(FORGETFUL)]
    with open_site(folder / "factory", **stage.web.environ) as site:
        for name in (*actors, *friends, *crowd.forgetful):
            # New accounts may write less than these do.
            make_user(name, created_at=utcnow() - timedelta(days=30))
        stage.change(OLD, count=OLD_POSTS)
        stage.change(OLD_COUNTED, count=OLD_POSTS)
        # What workers would do by themselves before long.
        rebuild()
        engine_of(site).client.close()
    people = [
        Person(stage.web.port, name=name, friend=friend, address=f"10.0.{number}.1", crowd=crowd)
        for number, (name, friend) in enumerate(zip(actors, friends, strict=True))
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sign_in, people))
    crowd.people, outcome.archivists = people[:WRITERS], people[WRITERS:]


def sign_in(person: Person) -> None:
    answer = person.send("/auth/login", username=person.name, password=PASSWORD)
    assert answer.status == 302, answer.body


def is_searched(outcome: Outcome) -> bool:
    """Whether the engine has its index, and every process uses it."""
    pages = [person.get("/search?q=bread").body for person in outcome.archivists]
    return not any(SPARE_ENGINE in page for page in pages) and bool(FOUND_POST.search(pages[0]))


def is_done(stage: Stage) -> bool:
    stage.change(HURRY)
    left = stage.value("SELECT count(*) FROM search_change")
    return not left and not stage.rows(UNFINISHED)


def happen(outcome: Outcome) -> None:
    stage = outcome.stage
    archivists = iter(outcome.archivists)
    time.sleep(CALM_SECONDS)
    for how, begin, end in (
        ("kill", stage.kill, stage.revive),
        ("freeze", stage.freeze, stage.thaw),
    ):
        for part in PARTS:
            if part in ("worker", "postgresql"):
                begin_archive(stage, next(archivists))
            fault = Fault(how, part, time.monotonic())
            begin(part)
            try:
                # Its start takes several times as long.
                is_slow = (how, part) == ("kill", "elasticsearch")
                time.sleep(0 if is_slow else FAULT_SECONDS)
            finally:
                end(part)
            fault.ended = time.monotonic()
            outcome.faults.append(fault)
            time.sleep(CALM_SECONDS + OUTAGE_SECONDS * (part == "postgresql"))


def begin_archive(stage: Stage, person: Person) -> None:
    """Have a long job under way."""
    person.ask_for_archive()
    assert person.export.is_accepted
    wait_until(lambda: stage.is_archive_begun(person.name), lambda: "nobody makes the archive")


def table_of(outcome: Outcome) -> str:
    """How people fared, for each fault and in between."""
    rows: dict[str, list[Visit]] = {}
    for visit in outcome.crowd.visits:
        rows.setdefault(outcome.fault_of(visit), []).append(visit)
    asked = len(outcome.crowd.visits)
    lines = [f"{asked} requests in {outcome.seconds:.0f} s, {asked / outcome.seconds:.1f} a second"]
    lines.append(f"{'':22}{'asked':>6}{'p50':>8}{'p95':>8}{'max':>8}  ms; statuses (0: cut)")
    for name in ["calm", *(f"{fault.how} {fault.part}" for fault in outcome.faults)]:
        visits = rows.get(name, [])
        took = sorted(visit.seconds * 1000 for visit in visits) or [0.0]
        figures = (statistics.median(took), took[int(len(took) * 0.95)], took[-1])
        statuses = dict(sorted(Counter(visit.status for visit in visits).items()))
        shown = "".join(f"{figure:8.0f}" for figure in figures)
        lines.append(f"{name:22}{len(visits):6}{shown}  {statuses}")
    return "\n".join(["", *lines])


def sum_of(outcome: Outcome) -> str:
    posts = Counter(is_here for one in outcome.people for is_here in one.posts.values())
    copies = Counter(mail["Message-ID"] for mail in outcome.stage.mail.mails())
    twice = sum(number > 1 for number in copies.values())
    again = "SELECT count(*) FROM task WHERE attempts > 1 AND name = :name"
    taken_up = outcome.stage.value(again, name="export_posts")
    archives = sum(one.export.is_accepted for one in outcome.people)
    return (
        f"{posts.total()} posts, {posts[False]} of them deleted; "
        f"{len(copies)} mails, {twice} twice; {archives} archives, {taken_up} interrupted"
    )
