"""The site as gunicorn serves it: its log, its Prometheus metrics, and how it stops."""

from __future__ import annotations

import json
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.support.live import ROOT, LiveServer, free_port, serve
from tests.support.pages import read_fields
from tests.support.waiting import DEADLINE_SECONDS, eventually

pytestmark = pytest.mark.server

CANARY = "canary-7431"
PASSWORD = f"{CANARY} and more words"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A live site, with a port for Prometheus."""
    folder = tmp_path_factory.mktemp("serving")
    settings = {"BASE_URL": "http://127.0.0.1", "METRICS_PORT": str(free_port())}
    with serve(f"sqlite:///{folder}/app.db", folder, **settings) as server:
        yield server


def lines_of(site: LiveServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.log.read_text().splitlines()]


def flask(site: LiveServer, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flask", "--app", "microblog", *words]
    return subprocess.run(
        command, cwd=ROOT, env=site.environ, capture_output=True, text=True, check=False
    )


def scrape(site: LiveServer) -> dict[str, float]:
    connection = HTTPConnection(
        "127.0.0.1", int(site.environ["METRICS_PORT"]), timeout=DEADLINE_SECONDS
    )
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def ask(site: LiveServer, path: str, **headers: str) -> tuple[int, str, str]:
    """The status, the request ID and the body."""
    connection = HTTPConnection("127.0.0.1", site.port, timeout=DEADLINE_SECONDS)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, str(response.getheader("X-Request-ID")), body


BROKEN = {
    "no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "below zero": b"-5\r\nhello\r\n0\r\n\r\n",
    "no line break after a chunk": b"5\r\nhelloXX0\r\n\r\n",
    "a broken trailer": b"5\r\nhello\r\n0\r\nno trailer\r\n\r\n",
    "a broken second chunk": b"5\r\npost=\r\nzz\r\n0\r\n\r\n",
}
TYPES = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain",
)


def send_chunks(site: LiveServer, path: str, kind: str, body: bytes) -> bytes:
    """All that comes back for a chunked body, and for a request that hides behind it."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    hidden = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=DEADLINE_SECONDS) as connection:
        connection.sendall(head.encode() + body + hidden)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_chunked_body_is_a_bad_request(site: LiveServer, name: str, kind: str) -> None:
    for path in ("/auth/login", "/api/tokens", "/translate", "/language"):
        answer = send_chunks(site, path, kind, BROKEN[name])
        status = int(answer.split(b" ", 2)[1])
        # What needs neither the body nor a session is refused before it is read.
        allowed = (400,) if path == "/auth/login" and kind in TYPES[:3:2] else (400, 401, 403, 415)
        assert status in allowed, (path, answer)
        assert b" 200 OK" not in answer, "bytes of the body were read as a request"
    assert "Traceback" not in site.log.read_text()


def test_each_request_is_one_json_line(site: LiveServer) -> None:
    _, name, _ = ask(site, f"/explore?x={CANARY}", **{"User-Agent": "Ana's reader\t1.0"})
    (line,) = eventually(lambda: [row for row in lines_of(site) if row.get("request_id") == name])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line.pop("ms") >= 0
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": name,
        "user_id": None,
        "ip": "127.0.0.0/24",
        "route": "main.explore",
        "method": "GET",
        "status": 200,
        "ua": "Ana's reader\t1.0",
    }


def test_no_secret_gets_into_the_log(site: LiveServer) -> None:
    browser = site.browser()
    dora = {"username": "dora", "email": f"{CANARY}@example.com"}
    site.browser().send("/auth/register", **dora, password=PASSWORD, password2=PASSWORD)
    browser.send("/auth/login", username=dora["email"], password=f"wrong {CANARY}")
    assert browser.send("/auth/login", username="dora", password=PASSWORD).status == 302
    browser.send("/index", post=f"A post with {CANARY}")
    answer = browser.send(
        "/settings/tokens", name=CANARY, scope="write", days="90", password=PASSWORD
    )
    (token,) = re.findall(r'id="secret" value="([^"]+)"', answer.body)
    ask(site, "/api/users", Authorization=f"Bearer {token}", Cookie=f"session={CANARY}")
    ask(site, "/api/users", Authorization=f"Bearer {CANARY}", Referer=f"/{CANARY}")
    link = flask(site, "user", "reset-link", "dora").stdout.strip()
    path = link.removeprefix("http://127.0.0.1")
    other = site.browser()
    fields = read_fields(other.get(path).body, path)
    new = {"password": f"{PASSWORD} 2", "password2": f"{PASSWORD} 2"}
    assert other.post(path, fields | new).status == 302
    ben = site.browser().join("ben")
    sent = ben.send("/send_message/dora", message=f"A message with {CANARY}")
    assert sent.status in (200, 302), sent.body
    eventually(lambda: "main.send_message" in site.log.read_text())
    log = site.log.read_text() + site.log.with_name("errors").read_text()
    names = {row["event"] for row in lines_of(site)}
    assert names >= {
        "sys_startup",
        "user_created",
        "authn_login_fail",
        "authn_login_success",
        "authn_token_created",
        "authn_password_change",
        "authz_fail",
    }
    key = path.rpartition("/")[2]
    cookies = [*browser.cookies.values(), *ben.cookies.values()]
    assert all(len(cookie) > 20 for cookie in cookies if cookie)
    for secret in (CANARY, token, key, *filter(None, cookies)):
        assert secret not in log


@pytest.mark.parametrize("given", ["proxy-42", "A" * 64])
def test_a_valid_request_id_of_the_client_is_used(site: LiveServer, given: str) -> None:
    status, name, body = ask(site, "/api/nothing", **{"X-Request-ID": given})
    assert (status, name) == (404, given) or (status, name) == (401, given)
    assert json.loads(body)["instance"] == f"urn:request:{given}"


@pytest.mark.parametrize("given", ["A" * 65, "a b", "a_b", "ä", ""])
def test_an_invalid_request_id_is_replaced(site: LiveServer, given: str) -> None:
    _, name, _ = ask(site, "/healthz", **{"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{12}", name)


@pytest.mark.parametrize("path", ["/a%0Ab", "/a%0D%0A{}", "/%1b[31mred", "/a%E2%80%A8b"])
def test_no_url_adds_a_line_or_a_color_to_the_log(site: LiveServer, path: str) -> None:
    _, name, _ = ask(site, path)
    eventually(lambda: name in site.log.read_text())
    assert [row["event"] for row in lines_of(site) if row.get("request_id") == name] == ["request"]
    assert "\x1b" not in site.log.read_text()


def test_prometheus_reads_all_processes_and_the_worker(site: LiveServer) -> None:
    # No other test here asks for this page; the count of a request may come after its answer.
    listed = 'microblog_request_seconds_count{method="GET",route="main.people",status="2xx"}'
    worked = 'microblog_job_seconds_count{job="send_mail",outcome="done"}'
    failed = 'microblog_events_total{event="authn_login_fail"}'
    before = scrape(site)
    for _ in range(20):
        ask(site, "/people")
    site.browser().send("/auth/login", username="nobody", password="wrong")
    site.browser().join("nora")
    due = scrape(site)["microblog_mails_waiting"]
    assert due >= 1
    assert flask(site, "worker", "--drain").returncode == 0
    after = scrape(site)
    assert after[listed] - before.get(listed, 0) == 20
    assert after[failed] - before.get(failed, 0) == 1
    assert after[worked] - before.get(worked, 0) == due
    assert after["microblog_mails_waiting"] == after["microblog_jobs_dead_letters"] == 0
    assert after["microblog_database_up"] == 1
    assert {"microblog_sqlite_busy_total", "microblog_pool_in_use"} <= set(after)


@pytest.mark.parametrize(
    "path", ["/metrics", "/.env", "/.git/config", "/config", "/console", "/debug"]
)
def test_what_is_private_is_not_on_the_public_port(site: LiveServer, path: str) -> None:
    assert ask(site, path)[0] == 404


def test_trace_does_not_echo_the_request(site: LiveServer) -> None:
    answer = site.browser().request("TRACE", "/")
    assert answer.status == 405
    assert CANARY not in answer.body


def test_health_checks_answer_to_any_host_name(site: LiveServer) -> None:
    assert ask(site, "/healthz", Host="watch.internal")[::2] == (200, "ok\n")
    status, _, body = ask(site, "/readyz", Host="watch.internal")
    assert status == 200
    assert json.loads(body)["checks"]["database"]["state"] == "ok"
    assert ask(site, "/explore", Host="watch.internal")[0] == 400


def test_idle_connections_stay_open_and_hold_up_nobody(site: LiveServer) -> None:
    # More than both processes have threads.
    idle = [HTTPConnection("127.0.0.1", site.port, timeout=DEADLINE_SECONDS) for _ in range(12)]
    sockets = []
    for _ in range(2):
        for connection in idle:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"ok\n")
        sockets.append([connection.sock for connection in idle])
        # Nothing arrives, not even the end, for longer than gunicorn's own default.
        assert select.select(sockets[-1], [], [], 3)[0] == []
    assert sockets[0] == sockets[1]
    assert ask(site, "/healthz")[0] == 200
    for connection in idle:
        connection.close()


# The state of an open connection in /proc/net/tcp.
ESTABLISHED = "01"


def connections_of(pid: int, port: int) -> int:
    """How many open connections at `port` the process has."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{row[9]}]"
        for row in rows
        if row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED
    }
    return len(sockets & {_target(link) for link in Path(f"/proc/{pid}/fd").iterdir()})


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed since it was listed
        return ""


def test_connections_are_spread_over_the_processes(site: LiveServer) -> None:
    parent = site.process.pid
    workers = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()

    def are_idle() -> bool:
        return not any(connections_of(int(pid), site.port) for pid in workers)

    # The first request of a process takes longer than others wait for it to accept.
    for _request in range(20):
        first = HTTPConnection("127.0.0.1", site.port)
        first.request("GET", "/robots.txt")
        assert first.getresponse().status == 200
        first.close()
    eventually(are_idle)
    shares = []
    for _round in range(10):
        with ExitStack() as open_ones:
            kept = [
                open_ones.enter_context(closing(HTTPConnection("127.0.0.1", site.port)))
                for _ in range(8)
            ]
            threads = [Thread(target=one.request, args=("GET", "/robots.txt")) for one in kept]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [one.getresponse().status for one in kept] == [200] * 8
            shares.append([connections_of(int(pid), site.port) for pid in workers])
        eventually(are_idle)
    # A worker that a busy machine pauses for longer than others wait for it gets fewer.
    assert shares.count([4, 4]) >= 7, shares


def test_it_reports_that_it_is_stopping_and_finishes_requests(tmp_path: Path) -> None:
    settings = {"BASE_URL": "http://127.0.0.1", "GUNICORN_CMD_ARGS": "--workers=1"}
    with serve(f"sqlite:///{tmp_path}/app.db", tmp_path, **settings) as site:
        slow = socket.create_connection(("127.0.0.1", site.port), timeout=DEADLINE_SECONDS)
        head = "POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        slow.sendall(f"{head}{kind}a=b".encode())
        watch = HTTPConnection("127.0.0.1", site.port, timeout=DEADLINE_SECONDS)

        def ready() -> int:
            watch.request("GET", "/readyz")
            response = watch.getresponse()
            response.read()
            return response.status

        # One process accepts connections in order, so the slow one is in progress by now.
        assert [ready() for _ in range(5)] == [200] * 5
        site.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: ready() == 503)
        slow.sendall(b"&c=")
        answer = HTTPResponse(slow)
        answer.begin()
        assert answer.status == 400
        assert "Please send this again" in answer.read().decode()
        slow.close()
        watch.close()
        assert site.process.wait(DEADLINE_SECONDS) == 0
        assert [row["event"] for row in lines_of(site)][-1] == "sys_shutdown"
