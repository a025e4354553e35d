"""The site as it is on a big day: nginx with TLS, two groups of web processes, two workers."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.elasticsearch import Elasticsearch
from tests.support.live import ANSWER_SECONDS, SECRET_KEY, LiveBrowser
from tests.support.redis_servers import RedisServer, redis_program
from tests.support.servers import Postgresql

ROOT = Path(__file__).resolve().parents[2]
NAME = "microblog.example.com"
LIMIT_SECONDS = 60
PACKAGE = "nginx: install the Debian package nginx-light"


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@dataclass
class SecureBrowser(LiveBrowser):
    """A browser that comes through nginx, by TLS, and checks the certificate."""

    certificate: Path = Path()

    def connection(self) -> http.client.HTTPConnection:
        context = ssl.create_default_context(cafile=self.certificate)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
        connection = http.client.HTTPConnection(NAME)
        connection.sock = context.wrap_socket(plain, server_hostname=NAME)
        return connection


@dataclass
class Site:
    """Its processes by name, each of which can be started, asked to stop, and waited for."""

    folder: Path
    environ: dict[str, str]
    engine: sa.Engine
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def browser(self) -> SecureBrowser:
        return SecureBrowser(self.ports["https"], certificate=self.folder / "fullchain.pem")

    def start(self, name: str) -> None:
        """Start `web1`, `web2`, `worker1` or `worker2` with boot.sh."""
        environ = self.environ | {"PORT": str(self.ports.get(name, 1))}
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [str(ROOT / "boot.sh"), name.rstrip("12")]
            self.running[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=log)

    def stop(self, name: str) -> int:
        self.running[name].send_signal(signal.SIGTERM)
        return self.running[name].wait(LIMIT_SECONDS)

    def is_answering(self, name: str) -> bool:
        """Whether the group `name` itself answers, asked past nginx."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=5)
        headers = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/auth/login", headers=headers)
            response = connection.getresponse()
            response.read()
            return response.status == 200
        return False

    def wait_for(self, name: str) -> None:
        def is_there() -> bool:
            assert self.running[name].poll() is None, self.said(name)
            return self.is_answering(name)

        wait_until(is_there, f"{name} does not answer")

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def value(self, sql: str, **parameters: object) -> object:
        with self.engine.connect() as connection:
            return connection.execute(sa.text(sql), parameters).scalar_one()

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def nginx_file(folder: Path, ports: dict[str, int]) -> str:
    """deployment/nginx.conf with the names, ports and places of a test, and what surrounds it."""
    text = (ROOT / "deployment" / "nginx.conf").read_text()
    web = ["    server 127.0.0.1:5000 max_fails=0;", "    # server 127.0.0.1:5001 max_fails=0;"]
    changes = {
        web[0]: web[0].replace("5000", str(ports["web1"])),
        web[1]: web[0].replace("5000", str(ports["web2"])),
        "listen 80": f"listen 127.0.0.1:{ports['http']}",
        "listen 443": f"listen 127.0.0.1:{ports['https']}",
        f"/etc/letsencrypt/live/{NAME}/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
        "/var/cache/microblog": f"{folder}/cache",
    }
    for ours, theirs in changes.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    person = "user root;" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
    return (
        f"{person} worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\n{text}\n}}\n"
    )


def make_certificate(folder: Path) -> None:
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    whom = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    command = ["openssl", "req", *kind, *whom, *files]
    subprocess.run(command, check=True, capture_output=True)


def free_ports(*names: str) -> dict[str, int]:
    probes = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    ports = {name: probe.getsockname()[1] for name, probe in probes.items()}
    for probe in probes.values():
        probe.close()
    return ports


def start_nginx(site: Site) -> None:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip(PACKAGE)
    path = site.folder / "nginx.conf"
    path.write_text(nginx_file(site.folder, site.ports))
    command = [program, "-p", str(site.folder), "-c", str(path), "-g", "daemon off;"]
    with (site.folder / "nginx.out").open("wb") as out:
        site.running["nginx"] = subprocess.Popen(command, stdout=out, stderr=out)

    def is_listening() -> bool:
        assert site.running["nginx"].poll() is None, (site.folder / "nginx.out").read_text()
        return (site.folder / "nginx.pid").exists()

    wait_until(is_listening, "nginx does not start")


@pytest.fixture(scope="session")
def site(
    postgresql: Postgresql,
    elasticsearch_server: Elasticsearch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The site with all its processes, which share PostgreSQL, Redis and Elasticsearch."""
    folder = tmp_path_factory.mktemp("site")
    # Of its own: its workers go on during other tests, and would take their jobs.
    redis = RedisServer(redis_program(), folder)
    url = postgresql.new_database()
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ["PATH"] = f"{Path(sys.executable).parent}:{environ['PATH']}"
    environ |= {
        "BASE_URL": f"https://{NAME}",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": url,
        "REDIS_URL": redis.url,
        "ELASTICSEARCH_URL": elasticsearch_server.url,
        "ELASTICSEARCH_PREFIX": "external",
        "EXPORT_FOLDER": str(folder / "exports"),
        "PROXY_HOPS": "1",
        # Without one, nobody could ask for a new password. It is never reached.
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": "1",
        "RATELIMIT_ENABLED": "0",
        # Two groups are what matters here, and each process takes a second to start.
        "GUNICORN_CMD_ARGS": "--workers=1",
    }
    ports = free_ports("web1", "web2", "http", "https")
    site = Site(folder, environ, sa.create_engine(url), ports)
    try:
        redis.start()
        make_certificate(folder)
        start_nginx(site)
        for name in ("web1", "web2", "worker1", "worker2"):
            site.start(name)
        site.wait_for("web1")
        site.wait_for("web2")
        yield site
    finally:
        site.end()
        redis.stop()
        site.engine.dispose()
