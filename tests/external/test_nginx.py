"""Behind our nginx: what it caches, rejects and logs, and a rolling restart without downtime."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from app.api.schemas.problem import Problem
from app.web.headers import FIXED
from tests.external.conftest import NAME, SecureBrowser, Site, wait_until
from tests.support.elasticsearch import Elasticsearch
from tests.support.live import Answer
from tests.support.redis_servers import RedisServer

SECONDS_LEAST = 15
READERS, WRITERS = 5, 3
PAUSE_SECONDS = 0.2
GROUPS = ("web1", "worker1", "web2", "worker2")
pytestmark = [pytest.mark.server, pytest.mark.slow]


@dataclass
class Load:
    """Clients that read and write continuously, and the statuses they got."""

    site: Site
    is_over: threading.Event = field(default_factory=threading.Event)
    reads: Counter[object] = field(default_factory=Counter)
    writes: Counter[object] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    reset_requests: int = 0
    errors: list[str] = field(default_factory=list)

    def repeat(self, act: Callable[[int], None]) -> None:
        """Repeat `act`; an error in the test's own code is recorded, not swallowed."""
        number = 0
        try:
            while not self.is_over.wait(PAUSE_SECONDS):
                act(number)
                number += 1
        except Exception as error:  # noqa: BLE001 - the main thread reports it
            self.errors.append(repr(error))

    def read(self, browser: SecureBrowser, paths: list[str]) -> None:
        def act(number: int) -> None:
            path = paths[number % len(paths)]
            self.reads[send(lambda: browser.get(path).status)] += 1

        self.repeat(act)

    def write(self, browser: SecureBrowser, name: str) -> None:
        """Publish through the form; retry failures, and sometimes resend a success."""

        def act(number: int) -> None:
            text = f"{name} writes number {number}"
            fields = browser.fill("/index", post=text)
            times = 2 if number % 5 == 0 else 1
            while times and not self.is_over.is_set():
                status = send(lambda: browser.post("/index", fields).status)
                self.writes[status] += 1
                if status in (302, 303):
                    self.acknowledged.add(text)
                    times -= 1

        self.repeat(act)

    def reset_password(self, browser: SecureBrowser) -> None:
        """Request password reset emails, which the workers handle."""
        path = "/auth/reset_password_request"

        def act(_number: int) -> None:
            fields = browser.fill(path, email="nobody@example.com")
            status = send(lambda: browser.post(path, fields).status)
            self.writes[status] += 1
            self.reset_requests += status in (302, 303)

        self.repeat(act)


def send(request: Callable[[], int]) -> object:
    try:
        return request()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)


def restart(site: Site, name: str) -> None:
    assert site.stop(name) == 0, site.said(name)
    site.start(name)
    if name in site.ports:
        site.wait_for(name)


def test_a_rolling_restart_under_load_fails_no_reader_and_loses_no_post(
    site: Site, redis_server: RedisServer, elasticsearch: Elasticsearch
) -> None:
    writers = {f"writer{number}": site.browser() for number in range(WRITERS)}
    for name, browser in writers.items():
        browser.join(name)
    with site.engine.begin() as connection:
        connection.exec_driver_sql('UPDATE "user" SET email_verified_at = created_at')
    style = re.search(r'href="(/static/[^"]+\.css)"', site.browser().get("/").body)
    assert style
    paths = ["/explore", "/auth/login", style[1], "/user/writer0", "/api/openapi.json"]
    load = Load(site)
    threads = [threading.Thread(target=load.write, args=(b, n)) for n, b in writers.items()]
    threads.append(threading.Thread(target=load.reset_password, args=(site.browser(),)))
    for number in range(READERS):
        turned = paths[number % len(paths) :] + paths[: number % len(paths)]
        threads.append(threading.Thread(target=load.read, args=(site.browser(), turned)))
    began = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        while time.monotonic() - began < SECONDS_LEAST:
            for name in GROUPS:
                restart(site, name)
    finally:
        load.is_over.set()
        for thread in threads:
            thread.join()
    seconds = time.monotonic() - began
    total = sum(load.reads.values()) + sum(load.writes.values())
    print(f"{total / seconds:.0f} a second for {seconds:.0f} s", load.reads, load.writes)
    assert not load.errors
    assert set(load.reads) == {200}
    # A POST to a process that is stopping may fail, but its client knows and sends it again.
    assert load.writes[302] + load.writes[303] > 0.95 * sum(load.writes.values())
    check_posts(site, load)
    check_jobs(site, load)
    check_search(site, load)


def check_posts(site: Site, load: Load) -> None:
    with site.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM post").scalars().all()
    found = Counter(rows)
    assert load.acknowledged
    assert load.acknowledged <= set(found)
    assert set(found.values()) == {1}
    counted = site.value('SELECT sum(posts_count) FROM "user"')
    assert counted == len(rows)


def check_jobs(site: Site, load: Load) -> None:
    """Every accepted job is done exactly once."""
    done = "SELECT count(*) FROM task WHERE name = 'mail_password_reset' AND {}"
    wait_until(lambda: site.value(done.format("finished_at IS NULL")) == 0, "jobs are left")
    assert site.value(done.format("failed_at IS NOT NULL")) == 0
    rows = site.value(done.format("finished_at IS NOT NULL"))
    assert isinstance(rows, int)
    assert rows >= load.reset_requests > 0


def check_search(site: Site, load: Load) -> None:
    """The newest post of each author is found, by Elasticsearch and not by the fallback."""
    browser = site.browser()

    def is_found(text: str) -> bool:
        page = browser.get("/search?" + urlencode({"q": f'"{text}"'})).body
        return "running on a backup" not in page and page.count("<article") == 1

    for name in sorted({text.split()[0] for text in load.acknowledged}):
        numbers = [int(text.split()[-1]) for text in load.acknowledged if text.startswith(name)]
        newest = f"{name} writes number {max(numbers)}"
        wait_until(lambda text=newest: is_found(text), f"not found: {newest}")


def test_no_log_contains_the_token_of_a_url(site: Site) -> None:
    browser = site.browser()
    key = "eyJhbGciOiJIUzI1NiJ9.hunter2"
    assert browser.get(f"/auth/reset_password/{key}").status in (302, 404, 410)
    log = site.folder / "microblog.log"
    wait_until(lambda: '"GET /auth/reset_password/..."' in log.read_text(), "the log is empty")
    for path in site.folder.glob("*.log"):
        assert "hunter2" not in path.read_text(), path.name


@pytest.mark.parametrize("size", [70_000, 1_100_000])
def test_a_body_that_is_too_large_gets_an_answer_like_any_other(site: Site, size: int) -> None:
    browser = site.browser()
    page = browser.post("/auth/login", {"username": "x" * size})
    api = browser.post("/api/posts", {"body": "x" * size})
    for answer in (page, api):
        assert answer.status == 413
        assert {name: answer.headers.get(name) for name in FIXED} == FIXED
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    check_problem(api, 413)


def check_problem(answer: Answer, status: int) -> None:
    """A failure in the words of the API, as its document promises, whoever answers."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED
    body = json.loads(answer.body)
    assert set(body) == set(Problem.model_fields)
    assert body["status"] == status and body["errors"] == []
    assert body["error"] == body["title"] and body["message"] == body["detail"] != ""
    assert body["instance"] == f"urn:request:{answer.headers['X-Request-ID']}"


def test_the_pages_of_nginx_itself_cannot_be_asked_for(site: Site) -> None:
    assert site.browser().get("/.failure/problem").status == 404


def test_another_host_name_gets_no_response(site: Site) -> None:
    context = ssl.create_default_context(cafile=site.folder / "fullchain.pem")
    with (
        socket.create_connection(("127.0.0.1", site.ports["https"]), 10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="other.example.com")
    connection = http.client.HTTPConnection("127.0.0.1", site.ports["http"], timeout=10)
    connection.request("GET", "/", headers={"Host": "other.example.com"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_plain_http_redirects_to_https(site: Site) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.ports["http"], timeout=10)
    connection.request("GET", "/explore?page=2", headers={"Host": NAME})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, f"https://{NAME}/explore?page=2")
    connection.close()


def test_one_group_may_die_unnoticed_and_styles_survive_the_loss_of_both(site: Site) -> None:
    browser = site.browser()
    found = re.search(r'href="(/static/[^"]+\.css)"', browser.get("/auth/login").body)
    assert found
    style = browser.get(found[1])
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    site.running["web1"].send_signal(signal.SIGKILL)
    site.running["web1"].wait()
    try:
        assert {browser.get("/auth/login").status for _ in range(10)} == {200}
        assert site.stop("web2") == 0
        wait_until(lambda: not site.is_answering("web1"), "its processes are still running")
        assert browser.get("/auth/login").status == 502
        check_problem(browser.get("/api/posts"), 502)
        assert browser.get(found[1]).body == style.body
    finally:
        for name in ("web1", "web2"):
            site.start(name)
        for name in ("web1", "web2"):
            site.wait_for(name)
