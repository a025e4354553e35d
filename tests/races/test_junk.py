"""Thousands of registrations by scripts, from fifty addresses, while people ask to join.

`make test JOBS=0 ARGS="-s tests/races/test_junk.py"` shows what came of it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.services.accounts import applications
from app.web.form_stamps import LEAST
from tests.support.contents import open_at
from tests.support.factories import PASSWORD, make_user
from tests.support.live import ANSWER_SECONDS, LiveBrowser, LiveServer, serve
from tests.support.mailbox import templates

pytestmark = [pytest.mark.server, pytest.mark.slow]

ADDRESSES, ATTEMPTS = 50, 100
# By turns: what fills in at once, what fills in everything, what never saw the form, and what waits
# as people do.
MANNERS = ("hasty", "greedy", "blind", "patient")
# In an hour, since the addresses are of one network.
ACCOUNTS_MAX = 60
PEOPLE = ("nia", "omar", "pia")
FIELD = re.compile(r'<input[^>]* name="(csrf_token|stamp)"[^>]* value="([^"]*)"')
REGISTER, APPROVALS = "/auth/register", "/admin/approvals"


@dataclass
class Bot(LiveBrowser):
    """A script with an address of its own, which counts what it was answered."""

    address: str = "127.0.0.1"
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def connection(self) -> HTTPConnection:
        source = (self.address, 0)
        return HTTPConnection("127.0.0.1", self.port, ANSWER_SECONDS, source_address=source)

    def attack(self) -> None:
        form = self.form()
        # A real form on a real server: only the clock makes its stamp old enough.
        time.sleep(LEAST.total_seconds() + 0.1)
        for number in range(ATTEMPTS):
            manner = MANNERS[number % len(MANNERS)]
            name = f"bot{self.address.rpartition('.')[2]}x{number}"
            fields = form | {"username": name, "email": f"{name}@junk.example"}
            fields |= {"password": PASSWORD, "password2": PASSWORD, "reason": "Great site!"}
            began = time.monotonic()
            if manner == "hasty":
                fields |= self.form()
            elif manner == "greedy":
                fields |= {"website": "https://junk.example"}
            elif manner == "blind":
                fields |= {"stamp": "x"}
            status = self.post(REGISTER, fields).status
            # On a busy machine its form may have waited in a queue for as long as people take.
            if manner == "hasty" and time.monotonic() - began >= LEAST.total_seconds():
                manner = "patient"
            self.answers[manner, status] += 1

    def form(self) -> dict[str, str]:
        return dict(FIELD.findall(self.get(REGISTER).body))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A site where somebody decides who joins. Its mail server is never reached."""
    settings = {"REGISTRATION": "approval", "RATELIMIT_ENABLED": "1"}
    settings |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": "1"}
    with serve(f"sqlite:///{tmp_path}/app.db", tmp_path, **settings) as site:
        yield site


def test_the_queue_and_the_mailbox_of_staff_stay_usable(server: LiveServer, tmp_path: Path) -> None:
    url = str(server.engine.url)
    with open_at(tmp_path, url):
        make_user("sam", role="administrator"), make_user("mina", role="administrator")
    bots = [Bot(server.port, address=f"127.0.0.{number + 2}") for number in range(ADDRESSES)]
    began = time.monotonic()
    with ThreadPoolExecutor(ADDRESSES) as pool:
        running = [pool.submit(bot.attack) for bot in bots]
        # People come while the attack is under way.
        time.sleep(3)
        seconds = [apply(server, name) for name in PEOPLE]
        for one in running:
            one.result()
    took = time.monotonic() - began
    answers = sum((bot.answers for bot in bots), Counter[tuple[str, int]]())
    assert answers.total() == ADDRESSES * ATTEMPTS
    assert {status for _, status in answers} <= {302, 422, 429}
    assert {manner for manner, status in answers if status == 302} == {"patient"}
    made = sum(count for (_, status), count in answers.items() if status == 302)
    assert made <= ACCOUNTS_MAX
    confirm(server, *PEOPLE, *some_bots(server, 5))
    queue = look(server)
    waiting = server.value("SELECT count(*) FROM application")
    digests = mailed(tmp_path, url)
    print(f"\n{answers.total()} attempts of {ADDRESSES} addresses in {took:.0f} s")
    for (manner, status), count in sorted(answers.items()):
        print(f"  {manner:8} {status} {count:5}")
    print(f"  {made} accounts of scripts, {waiting} applications with those of people")
    print(f"  people were answered in {max(seconds):.1f} s; the queue in {queue:.3f} s")
    print(f"  digests to two of staff in two hours: {digests}")
    assert digests == [2, 0, 0, 2, 0]


def apply(server: LiveServer, name: str) -> float:
    """Somebody asks to join from elsewhere. Returns how long the answer took."""
    person = Bot(server.port, address="127.9.8.7")
    email = f"{name}@example.com"
    fields = person.fill(REGISTER, username=name, email=email, reason="I bake bread.")
    began = time.monotonic()
    answer = person.post(REGISTER, fields | {"password": PASSWORD, "password2": PASSWORD})
    assert answer.status == 302, answer.body
    return time.monotonic() - began


def some_bots(server: LiveServer, count: int) -> list[str]:
    with server.engine.connect() as connection:
        rows = sa.text("SELECT username FROM \"user\" WHERE username LIKE 'bot%' LIMIT :count")
        return list(connection.execute(rows, {"count": count}).scalars())


def confirm(server: LiveServer, *usernames: str) -> None:
    """They have opened the link in their mail."""
    with server.engine.begin() as connection:
        for name in usernames:
            change = 'UPDATE "user" SET email_verified_at = created_at WHERE username = :name'
            connection.execute(sa.text(change), {"name": name})


def look(server: LiveServer) -> float:
    """Staff look at the queue: it has people, and no more of scripts than confirmed an address."""
    sam = server.browser()
    assert sam.send("/auth/login", username="sam", password=PASSWORD).status == 302
    seconds = []
    for _ in range(5):
        began = time.monotonic()
        page = sam.get(APPROVALS)
        seconds.append(time.monotonic() - began)
    assert page.status == 200
    assert all(f"@{name}<" in page.body for name in PEOPLE)
    assert page.body.count("@bot") == 5
    return median(seconds)


def mailed(folder: Path, url: str) -> list[int]:
    """How many digests go out: now, twice more in this hour, after others applied, and again."""
    counts = []
    start = utcnow().replace(minute=1)
    with open_at(folder, url, MAIL_SERVER="127.0.0.1", REGISTRATION="approval"):
        for minutes in (0, 20, 40, 60, 80):
            with time_machine.travel(start.timestamp() + minutes * 60):
                if minutes == 60:
                    late = sa.text("UPDATE application SET notified_at = NULL")
                    db.session.execute(late)
                before = templates().count("applications_waiting")
                applications.notify_staff()
                db.session.commit()
                counts.append(templates().count("applications_waiting") - before)
    return counts
