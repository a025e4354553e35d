"""The site while its PostgreSQL is refused, frozen, or busy elsewhere, and when it returns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa

from app.lib.tokens import random_api_token
from tests.support.live import Answer, LiveBrowser, LiveServer, serve
from tests.support.servers import Postgresql, run_postgresql

LONGEST_SECONDS = 10
PAGE = "/explore"

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def shaky() -> Iterator[Postgresql]:
    """A server of its own, since nobody else likes it frozen."""
    with run_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def site(shaky: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serve(shaky.new_database(), tmp_path_factory.mktemp("live")) as server:
        yield server


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    begun = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - begun


def assert_paused(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Back in a moment" in answer.body


def wait_until_well(browser: LiveBrowser) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    # Each process recovers by itself, and any may answer.
    in_a_row = 0
    while in_a_row < 8:
        in_a_row = in_a_row + 1 if browser.get(PAGE).status == 200 else 0
        assert time.monotonic() < deadline, "the site did not recover"
        time.sleep(0.05)


def test_a_refused_database_is_a_pause_and_the_site_recovers(
    site: LiveServer, shaky: Postgresql
) -> None:
    ana = site.browser().join("ana")
    assert ana.send("/index", post="Acknowledged before the crash.").status == 302
    form = ana.fill("/index", post="Sent into the crash.")
    url = f"http://127.0.0.1:{site.port}/api/timelines/public"
    call = Request(url, headers={"Authorization": f"Bearer {random_api_token()}"})
    shaky.stop()
    try:
        assert_paused(ana.get(PAGE))
        assert_paused(ana.post("/index", form))
        with pytest.raises(HTTPError) as program:
            urlopen(call)
        assert program.value.code == 503
        assert program.value.headers["Content-Type"] == "application/problem+json"
        program.value.close()
        assert ana.get("/healthz").status == 200
    finally:
        shaky.start()
    site.engine.dispose()
    wait_until_well(ana)
    # The form still works, and the try that failed left nothing behind.
    assert ana.post("/index", form).status == 302
    assert ana.post("/index", form).status == 302
    assert site.value("SELECT count(*) FROM post WHERE body LIKE '%into the crash.'") == 1
    assert site.value("SELECT count(*) FROM post WHERE body LIKE 'Acknowledged%'") == 1


def test_a_frozen_database_is_a_pause_within_ten_seconds_for_everybody(
    site: LiveServer, shaky: Postgresql
) -> None:
    ben = site.browser().join("ben")
    form = ben.fill("/index", post="Written while it slept.")
    asks = [lambda: ben.get(PAGE), lambda: ben.post("/index", form)]
    # More than there are threads, so that some wait for those before them.
    asks = [*asks, *[lambda: site.browser().get(PAGE)] * 22]
    shaky.freeze()
    try:
        with ThreadPoolExecutor(len(asks)) as crowd:
            answers = list(crowd.map(timed, asks))
        alive, seconds = timed(lambda: ben.get("/healthz"))
    finally:
        shaky.thaw()
    for answer, took in answers:
        assert_paused(answer)
        assert took < LONGEST_SECONDS
    assert (alive.status, seconds < 1) == (200, True)
    wait_until_well(ben)
    assert ben.post("/index", form).status == 302
    assert site.value("SELECT count(*) FROM post WHERE body LIKE '%while it slept.'") == 1


def test_a_locked_table_stops_only_the_pages_that_need_it(site: LiveServer) -> None:
    cleo = site.browser().join("cleo")
    form = cleo.fill("/index", post="Written behind a lock.")
    with site.engine.connect() as other:
        other.execute(sa.text("LOCK TABLE post IN ACCESS EXCLUSIVE MODE"))
        answer, seconds = timed(lambda: cleo.post("/index", form))
        assert_paused(answer)
        assert seconds < LONGEST_SECONDS
        assert cleo.get("/settings/profile").status == 200
        other.rollback()
    assert cleo.post("/index", form).status == 302
    assert site.value("SELECT count(*) FROM post WHERE body LIKE '%behind a lock.'") == 1


def test_a_sqlite_database_that_is_locked_can_still_be_read(
    live_server: LiveServer, own_name: Callable[[str], str]
) -> None:
    dora = live_server.browser().join(own_name("dora"))
    form = dora.fill("/index", post="Written behind the lock of a file.")
    with live_server.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        answer, seconds = timed(lambda: dora.post("/index", form))
        assert_paused(answer)
        assert seconds < LONGEST_SECONDS
        assert dora.get(PAGE).status == 200
        other.rollback()
    assert dora.post("/index", form).status == 302
    written = "SELECT count(*) FROM post WHERE body LIKE '%the lock of a file.'"
    assert live_server.value(written) == 1
