"""Pages within this process: CPU, function calls, statements and bytes of one request."""

from __future__ import annotations

import cProfile
import pstats
import time
from io import BytesIO
from statistics import median

from werkzeug.test import EnvironBuilder

from tests.bench.sites import BenchSite
from tests.support.pages import counted_statements

WARM_UP, REQUESTS = 5, 60


def measure(site: BenchSite, path: str, token: str) -> dict[str, float]:
    """The CPU time (ms, median), and of one more request the calls, statements and bytes."""
    headers = {"Cookie": f"session={token}"} if token else {}
    environ = EnvironBuilder(path, headers=headers).get_environ()
    for _ in range(WARM_UP):
        _ask(site, environ)
    times = []
    for _ in range(REQUESTS):
        began = time.thread_time()
        _ask(site, environ)
        times.append(time.thread_time() - began)
    profile = cProfile.Profile()
    with site.app.app_context(), counted_statements() as ran:
        body = profile.runcall(_ask, site, environ)
    calls = pstats.Stats(profile).total_calls
    return {
        "milliseconds": median(times) * 1000,
        "calls": calls,
        "statements": len(ran),
        "bytes": len(body),
    }


def _ask(site: BenchSite, environ: dict[str, object]) -> bytes:
    statuses: list[str] = []
    request = {**environ, "wsgi.input": BytesIO()}
    answer = site.app.wsgi_app(
        request, lambda status, _headers, _info=None: statuses.append(status)
    )
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    assert statuses[0][:3] in ("200", "304"), (statuses, environ["PATH_INFO"])
    return body
