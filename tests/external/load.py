"""People who read, search, write, delete, follow and forget their passwords, all at once.

They note what every request was answered, and what the site has accepted.
"""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.support.live import Answer, LiveBrowser

REQUESTS_A_SECOND = 20
# Between two tries of the same thing, and until nobody tries any more.
RETRY_SECONDS, PATIENCE_SECONDS = 0.5, 60
FIELD = re.compile(r'<input[^>]* name="(csrf_token|form_key)"[^>]* value="([^"]*)"')
# Nothing came back: the process that held the connection is gone.
CUT = 0


def kind_of(path: str) -> str:
    """`path` without what differs between people and posts."""
    return re.sub(r"\d+", "N", path.partition("?")[0])


class Visit(NamedTuple):
    """One request, when it began, and how it went; the moments are of time.monotonic."""

    what: str
    began: float
    seconds: float
    status: int
    words: str

    @property
    def ended(self) -> float:
        return self.began + self.seconds


class Pace:
    """Lets so many requests a second begin, and none earlier to make up for what was slow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = time.monotonic()

    def wait(self) -> None:
        with self._lock:
            moment = max(self._next, time.monotonic())
            self._next = moment + 1 / REQUESTS_A_SECOND
        time.sleep(max(0.0, moment - time.monotonic()))


@dataclass
class Wish:
    """Something that must come to be, however often it has to be asked for."""

    tries: int = 0
    is_accepted: bool = False


@dataclass
class Person(LiveBrowser):
    """Somebody with a browser, an address and a mind of their own."""

    crowd: Crowd = field(kw_only=True)
    name: str = ""
    # Whose page they look at, follow and unfollow; nobody else does.
    friend: str = ""
    address: str = ""
    # Each of one's own posts by its word; False once its deletion was accepted.
    posts: dict[str, bool] = field(default_factory=dict)
    export: Wish = field(default_factory=Wish)
    follows: bool = False

    def headers(self) -> dict[str, str]:
        return super().headers() | {"X-Forwarded-For": self.address}

    def visit(self, method: str, path: str, data: dict[str, str] | None = None) -> Answer:
        """One request at the crowd's pace; an answer with the status CUT when there was none."""
        self.crowd.pace.wait()
        began = time.monotonic()
        try:
            answer = self.request(method, path, data)
        except (OSError, http.client.HTTPException) as error:
            answer = Answer(CUT, {}, repr(error))
        seconds = time.monotonic() - began
        words = answer.body if answer.status >= 500 or answer.status == CUT else ""
        what = f"{method} {kind_of(path)}"
        self.crowd.visits.append(Visit(what, began, seconds, answer.status, words))
        return answer

    def fields_of(self, path: str) -> dict[str, str]:
        """What the forms of the page `path` send by themselves; nothing while it cannot be had."""
        page = self.visit("GET", path)
        return dict(FIELD.findall(page.body)) if page.status == 200 else {}

    def insist(self, path: str, form: dict[str, str], wish: Wish | None = None) -> int:
        """Send the very same form until the site takes it or says no. Returns the last status."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            if wish:
                wish.tries += 1
            answer = self.visit("POST", path, form)
            if answer.status not in (CUT, 503):
                break
            assert time.monotonic() < deadline, f"POST {path} was not taken in the end"
            time.sleep(RETRY_SECONDS)
        if answer.status == 302:
            self.crowd.led.add((kind_of(path), kind_of(answer.headers["Location"])))
        return answer.status

    def read(self) -> None:
        pages = ["/index", "/explore", f"/user/{self.friend}", f"/user/{self.name}"]
        self.visit("GET", random.choice([*pages, "/notifications?since=0"]))

    def search(self) -> None:
        word = random.choice([*self.posts, "bakery"])
        self.visit("GET", f"/search?q={word}")

    def publish(self) -> None:
        form = self.fields_of("/index")
        if not form:
            return
        word = f"{self.name}n{len(self.posts)}"
        if self.insist("/index", form | {"post": f"The bakery opens again, {word}."}) == 302:
            self.posts[word] = True

    def delete(self) -> None:
        page = self.visit("GET", f"/user/{self.name}")
        form = dict(FIELD.findall(page.body))
        for article in page.body.split("<article ")[1:]:
            found = re.search(r'id="post-(\d+)".*again, (\w+)\.', article, re.DOTALL)
            if found and self.posts.get(found[2]):
                status = self.insist(f"/post/{found[1]}/delete", form)
                # It is gone already when an earlier try was carried out, but not answered.
                if status in (302, 404, 410):
                    self.posts[found[2]] = False
                return

    def follow(self) -> None:
        form = self.fields_of(f"/user/{self.friend}")
        verb = "unfollow" if self.follows else "follow"
        if form and self.insist(f"/{verb}/{self.friend}", form) == 302:
            self.follows = not self.follows

    def forget(self) -> None:
        """Ask for a new password for somebody who has not asked yet."""
        somebody = self.crowd.next_forgetful()
        stranger = Person(self.port, address=self.address, crowd=self.crowd)
        path = "/auth/reset_password_request"
        form = stranger.fields_of(path)
        if form and somebody:
            wish = self.crowd.resets.setdefault(somebody, Wish())
            form |= {"email": f"{somebody}@example.com"}
            wish.is_accepted = stranger.insist(path, form, wish) == 302

    def ask_for_archive(self) -> None:
        path = "/settings/export"
        form = self.fields_of(path)
        if form and not self.export.is_accepted:
            self.export.is_accepted = self.insist(path, form, self.export) == 302


ACTS: dict[Callable[[Person], None], int] = {
    Person.read: 10,
    Person.search: 4,
    Person.publish: 4,
    Person.delete: 1,
    Person.follow: 2,
    Person.forget: 1,
    Person.ask_for_archive: 1,
}


@dataclass
class Crowd:
    """All of them, each in a thread, and what they saw."""

    people: list[Person] = field(default_factory=list)
    forgetful: list[str] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    is_over: threading.Event = field(default_factory=threading.Event)
    visits: list[Visit] = field(default_factory=list)
    # Where forms that were taken led to.
    led: set[tuple[str, str]] = field(default_factory=set)
    resets: dict[str, Wish] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._live, args=(p,)) for p in self.people]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody end what they have begun."""
        self.is_over.set()
        for thread in self._threads:
            thread.join()

    def next_forgetful(self) -> str | None:
        try:
            return self.forgetful.pop()
        except IndexError:
            return None

    def _live(self, person: Person) -> None:
        acts, weights = list(ACTS), list(ACTS.values())
        try:
            while not self.is_over.is_set():
                random.choices(acts, weights)[0](person)
        except Exception as error:  # noqa: BLE001 - the test reports it
            self.surprises.append(repr(error))
