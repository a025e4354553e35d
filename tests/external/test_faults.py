"""Everything that the site stands on is killed, then frozen, under load: what is left of it all.

Twelve faults in about a minute and a half. What is checked afterwards is what people were told.
"""

from __future__ import annotations

import faulthandler
import io
import json
import re
import statistics
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.postgresql import PAUSE_SECONDS
from tests.external.crowd import CUT, Crowd, Person, Visit
from tests.external.stage import PARTS, WORKERS, Stage, open_stage, wait_until
from tests.factories import PASSWORD, make_user
from tests.searching import engine_of, rebuild
from tests.sites import open_site

WRITERS, FORGETFUL, ARCHIVISTS = 48, 120, 4
# So that their archives take long enough to be interrupted.
OLD_POSTS = 5000
FAULT_SECONDS, CALM_SECONDS = 3, 1
# Beside what the site is given: for machines that are busy with other things.
SLACK_SECONDS = 2
SPARE_ENGINE = "spare engine"
FOUND_POST = re.compile(r'id="post-\d+"')
# These end what a job or a statement was about: a trace may tell of nothing else.
DATABASE_IS_AWAY = re.compile(r"\b(OperationalError|AdminShutdown|InterfaceError)\b")
UNFINISHED = "SELECT name, attempts, last_error FROM task WHERE finished_at IS NULL AND key IS NULL"
# A mail that failed once waits for a minute, which is nothing to wait for here.
HURRY = """UPDATE task SET available_at = now()
    WHERE finished_at IS NULL AND failed_at IS NULL AND leased_by IS NULL AND key IS NULL"""
OLD = """INSERT INTO post (author_id, body, html, visibility, created_at, search_text, search_version)
    SELECT id, 'Old bread ' || n, '<p>Old bread ' || n || '</p>', 'public',
    now() - interval '1 day', 'old bread ' || n, 1
    FROM "user", generate_series(1, :count) n WHERE username LIKE 'archivist%'"""
OLD_COUNTED = "UPDATE \"user\" SET posts_count = :count WHERE username LIKE 'archivist%'"

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.exhaustive]


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


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    # It takes its time, and has a limit of its own for all that it waits for.
    faulthandler.cancel_dump_traceback_later()
    folder = tmp_path_factory.mktemp("faults")
    with open_stage(folder) as stage:
        outcome = Outcome(stage, Crowd(), [])
        gather(outcome, folder)
        for name in WORKERS:
            stage.start_worker(name)
        wait_until(lambda: is_searched(outcome), lambda: stage.rows(UNFINISHED))
        began = time.monotonic()
        outcome.crowd.start()
        try:
            happen(outcome)
        finally:
            outcome.crowd.stop()
        outcome.seconds = time.monotonic() - began
        print(table_of(outcome))
        wait_until(lambda: is_done(stage), lambda: stage.rows(UNFINISHED))
        print(f"done {time.monotonic() - began - outcome.seconds:.0f} s later: {sum_of(outcome)}")
        yield outcome


def gather(outcome: Outcome, folder: Path) -> None:
    """Make people, and sign in those who act."""
    stage, crowd = outcome.stage, outcome.crowd
    writers = [f"writer{number}" for number in range(WRITERS)]
    archivists = [f"archivist{number}" for number in range(ARCHIVISTS)]
    friends = [f"friend{number}" for number in range(WRITERS)]
    crowd.forgetful = [f"forgetful{number}" for number in range(FORGETFUL)]
    with open_site(folder / "factory", **stage.web.environ) as site:
        for name in (*writers, *archivists, *friends, *crowd.forgetful):
            make_user(name)
        stage.change(OLD, count=OLD_POSTS)
        stage.change(OLD_COUNTED, count=OLD_POSTS)
        # What workers would do by themselves before long.
        rebuild()
        engine_of(site).client.close()
    numbered = enumerate(zip([*writers, *archivists], [*friends, *friends[:ARCHIVISTS]]))
    people = [
        Person(stage.web.port, name=name, friend=friend, address=f"10.0.{n}.1", crowd=crowd)
        for n, (name, friend) in numbered
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
            time.sleep(CALM_SECONDS + PAUSE_SECONDS * (part == "postgresql"))


def begin_archive(stage: Stage, person: Person) -> None:
    """Have a long job under way."""
    person.ask_for_archive()
    assert person.export.is_accepted
    wait_until(lambda: bool(stage.holders()), lambda: "nobody makes the archive")


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
        f"{posts.total()} posts, {posts[False]} of them deleted; {len(copies)} mails, {twice} twice; "
        f"{archives} archives, {taken_up} interrupted"
    )


def test_only_a_database_that_is_away_is_felt(outcome: Outcome) -> None:
    assert not outcome.crowd.surprises
    away = [fault for fault in outcome.faults if fault.part == "postgresql"]
    killed = [fault for fault in outcome.faults if (fault.how, fault.part) == ("kill", "web")]
    for visit in outcome.crowd.visits:
        if visit.status == 503:
            # It is left alone for a moment after it did not answer; people are told to wait so long.
            grace = PAUSE_SECONDS + SLACK_SECONDS
            assert any(fault.touches(visit, grace) for fault in away), visit
        elif visit.status == CUT:
            assert any(fault.cuts(visit) for fault in killed), visit
        else:
            assert visit.status in (200, 302, 304, 404, 410), visit


def test_nothing_is_waited_for_longer_than_ten_seconds(outcome: Outcome) -> None:
    slowest = max(outcome.crowd.visits, key=lambda visit: visit.seconds)
    assert slowest.seconds < 10, slowest


def test_the_forms_were_taken_for_what_they_are(outcome: Outcome) -> None:
    """A redirect to another place, such as the sign-in page, would be no acceptance."""
    assert outcome.crowd.led == {
        ("/auth/reset_password_request", "/auth/login"),
        ("/follow/friendN", "/user/friendN"),
        ("/index", "/index"),
        ("/post/N/delete", "/user/writerN"),
        ("/settings/export", "/settings/export"),
        ("/unfollow/friendN", "/user/friendN"),
    }


def test_every_accepted_post_is_there_once(outcome: Outcome) -> None:
    rows = outcome.stage.rows(
        'SELECT body, deleted_at IS NULL FROM post JOIN "user" ON "user".id = author_id'
        " WHERE username LIKE 'writer%'"
    )
    kept = Counter(word_of(body) for body, _ in rows)
    accepted = {word: is_here for one in outcome.people for word, is_here in one.posts.items()}
    assert len(accepted) > 100
    assert kept == Counter(accepted.keys())
    assert {word_of(body): is_here for body, is_here in rows} == accepted


def word_of(body: object) -> str:
    return re.findall(r"(\w+)\.$", str(body))[0]


def test_every_accepted_post_is_found_and_no_deleted_one(outcome: Outcome) -> None:
    def is_right(person: Person, word: str, is_here: bool) -> bool:
        page = person.get(f"/search?q={word}")
        assert page.status == 200, page
        return SPARE_ENGINE not in page.body and len(FOUND_POST.findall(page.body)) == is_here

    def check(wanted: tuple[Person, str, bool]) -> None:
        wait_until(lambda: is_right(*wanted), lambda: wanted[1:])

    posts = [(one, *post) for one in outcome.people for post in one.posts.items()]
    assert {is_here for _, _, is_here in posts} == {True, False}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(check, posts))


def test_the_counts_of_people_are_those_of_rows(outcome: Outcome) -> None:
    of_posts = "SELECT count(*) FROM post WHERE author_id = u.id AND deleted_at IS NULL"
    of_follows = "SELECT count(*) FROM follow WHERE {} = u.id"
    wrong = outcome.stage.rows(
        f'SELECT username FROM "user" u WHERE posts_count <> ({of_posts})'
        f" OR following_count <> ({of_follows.format('follower_id')})"
        f" OR followers_count <> ({of_follows.format('followed_id')})"
    )
    assert not wrong
    who = 'SELECT username FROM "user" u JOIN follow ON follower_id = u.id'
    assert {row[0] for row in outcome.stage.rows(who)} == {
        one.name for one in outcome.crowd.people if one.follows
    }


def test_no_work_is_left_or_given_up(outcome: Outcome) -> None:
    assert not outcome.stage.rows(UNFINISHED)
    assert outcome.stage.value("SELECT count(*) FROM task WHERE failed_at IS NOT NULL") == 0
    periodic = outcome.stage.rows("SELECT key FROM task WHERE key IS NOT NULL ORDER BY key")
    assert [row[0] for row in periodic] == ["purge", "tell_search", "tidy_tasks"]


def test_every_mail_came_once_or_twice(outcome: Outcome) -> None:
    mails = outcome.stage.mail.mails()
    copies = Counter(mail["Message-ID"] for mail in mails)
    wanted = outcome.stage.rows("SELECT payload ->> 'intent' FROM task WHERE name = 'send_mail'")
    assert {name.partition("@")[0].rpartition(".")[2] for name in copies} == {r[0] for r in wanted}
    assert set(copies.values()) <= {1, 2}, copies.most_common(3)


def test_every_request_for_a_link_has_brought_one(outcome: Outcome) -> None:
    names: dict[str, set[str]] = {}
    for mail in outcome.stage.mail.mails():
        if mail["Message-ID"].startswith("<reset_password."):
            names.setdefault(mail["To"].partition("@")[0], set()).add(mail["Message-ID"])
    accepted = {name for name, wish in outcome.crowd.resets.items() if wish.is_accepted}
    assert len(accepted) > 10
    assert accepted <= set(names)
    # Whoever heard no answer has asked again, and may have been heard each time.
    for name, ids in names.items():
        assert len(ids) <= outcome.crowd.resets[name].tries, name


def test_every_archive_that_was_promised_can_be_had(outcome: Outcome) -> None:
    promised = [person for person in outcome.people if person.export.is_accepted]
    assert len(promised) > ARCHIVISTS
    told = Counter(
        mail["To"].partition("@")[0]
        for mail in {mail["Message-ID"]: mail for mail in outcome.stage.mail.mails()}.values()
        if mail["Message-ID"].startswith("<export_ready.")
    )
    for person in promised:
        rows = outcome.stage.rows(
            'SELECT export.id FROM export JOIN "user" ON "user".id = user_id WHERE username = :name',
            name=person.name,
        )
        assert 1 <= len(rows) <= person.export.tries, person.name
        assert told[person.name] == len(rows), person.name
        for (number,) in rows:
            answer = download(person, f"/settings/export/{number}/archive.zip")
            with zipfile.ZipFile(io.BytesIO(answer)) as archive:
                assert archive.testzip() is None
                assert "index.html" in archive.namelist()


def download(person: Person, path: str) -> bytes:
    connection = person.connection()
    connection.request("GET", path, headers=person.headers())
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content[:200]
    return content


def test_the_site_is_well_again(outcome: Outcome) -> None:
    def says() -> str:
        return outcome.stage.web.browser().get("/readyz").body

    # Both processes have to say so.
    wait_until(lambda: all(json.loads(says())["status"] == "ok" for _ in range(8)), says)


def test_the_logs_hold_no_trace_but_of_the_database(outcome: Outcome) -> None:
    for name, text in outcome.stage.logs().items():
        for line in text.splitlines():
            if "Traceback" in line:
                assert DATABASE_IS_AWAY.search(line), (name, line)
