"""Starting: what stops it says why in one line, and what runs stops calmly."""

from __future__ import annotations

import ast
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from deployment import environment, run, steps

ROOT = Path(__file__).resolve().parent.parent
SMALL_APPLICATION = """
import os, signal, sys, time
from flask import Flask
from flask.cli import AppGroup

app = Flask(__name__)
app.add_url_rule("/slow", "slow", lambda: time.sleep(1) or "done")
db, translate = AppGroup("db"), AppGroup("translate")
app.cli.add_command(db)
app.cli.add_command(translate)

@db.command("upgrade")
def upgrade():
    if "BROKEN" in os.environ:
        raise RuntimeError("no such database")

@translate.command("compile")
def compile():
    print("compiled", flush=True)

@app.cli.command("worker")
def worker():
    deaths = os.environ.get("WORKER_DIES", "")
    if deaths and not os.path.exists(deaths):
        open(deaths, "w").close()
        sys.exit(3)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("worker ready", flush=True)
    while True:
        time.sleep(0.05)
"""


class Copy:
    """The start's own files beside a small application, as a clone that is installed already."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.processes: list[subprocess.Popen] = []
        shutil.copytree(ROOT / "deployment", root / "deployment")
        for name in ("config.py", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / name, root)
        (root / "microblog.py").write_text(SMALL_APPLICATION)
        python = root / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        for name in ("requirements.txt", "requirements-dev.txt"):
            mark = environment.mark_of(ROOT / name)
            (root / ".venv" / f"{name}.installed").write_text(mark)

    def start(self, *what: str, **settings: str) -> subprocess.Popen:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, str(self.root / "deployment" / "run.py"), *what],
            env=kept | settings,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=20)

    def refusal(self, *what: str, **settings: str) -> str:
        """The last line of a start that has to fail."""
        process = self.start(*what, **settings)
        output = process.communicate(timeout=20)[0]
        assert process.returncode == 1, output
        assert "Traceback" not in output
        lines = output.splitlines()
        assert [line for line in lines if "cannot start" in line] == lines[-1:]
        return lines[-1].removeprefix("Microblog cannot start: ")


@pytest.fixture
def copy(tmp_path):
    copy = Copy(tmp_path / "microblog")
    yield copy
    copy.end()


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def read_until(process: subprocess.Popen, words: str) -> str:
    """What was written up to and including the line with `words`."""
    seen = ""
    alarm = threading.Timer(30, process.kill)  # a start that hangs ends, and fails the test
    alarm.start()
    try:
        while words not in seen:
            line = process.stdout.readline()
            assert line, f"it ended without {words!r}: {seen}"
            seen += line
    finally:
        alarm.cancel()
    return seen


def finish(process: subprocess.Popen, signum: int = signal.SIGTERM) -> int:
    process.send_signal(signum)
    process.communicate(timeout=20)
    return process.returncode


def child_of(process: subprocess.Popen, word: str) -> int:
    """The process id of the child whose command line holds `word`."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == process.pid and word in command:
            return int(folder.name)
    raise AssertionError(f"no child {word}")


# Refusals


def fake_python(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_an_old_python_is_named_when_there_is_no_newer_one(monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(run, "works", lambda command: False)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is Python 3\.9\."):
        run.main()


def test_a_newer_python_on_the_path_is_used(monkeypatch, tmp_path):
    fake_python(tmp_path, "python3.13", "exit 127")
    fake_python(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2))
    assert run.new_enough_python() == "python3.12"


def test_the_first_file_keeps_to_the_words_of_an_old_python():
    source = (ROOT / "deployment" / "run.py").read_text()
    ast.parse(source, feature_version=(3, 4))


def test_a_taken_port_is_named(copy):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert copy.refusal(PORT=port).startswith(f"port {port} is taken by another program")


def test_the_port_may_stand_in_the_env_file(copy):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        (copy.root / ".env").write_text(f"PORT={port}\n")
        assert copy.refusal().startswith(f"port {port} is taken")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("PORT", "many", "PORT: not 'many' but a whole number from 1 to 65535"),
        ("BASE_URL", "https://example.org", "SECRET_KEY: needed with BASE_URL"),
        ("MICROBLOG_SETTINGS", "/nowhere", "MICROBLOG_SETTINGS: there is no file /nowhere"),
    ],
)
def test_a_wrong_setting_is_named(copy, name, value, why):
    assert copy.refusal(**{name: value}).startswith(why)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(steps.os, "access", lambda path, mode: False)
    with pytest.raises(steps.StartError, match=f"the folder {tmp_path} cannot be written"):
        steps.check_writable(tmp_path / "instance")


def test_a_file_in_the_place_of_a_folder_is_named(copy):
    (copy.root / "instance").write_text("")
    assert "instance cannot be written" in copy.refusal()


def test_a_python_without_venv_says_what_brings_it(copy):
    (copy.root / ".venv" / "requirements.txt.installed").unlink()
    # A module that hides ensurepip, as Debian does until python3-venv is installed.
    (copy.root / "ensurepip.py").write_text("")
    hidden = copy.root / "sitecustomize.py"
    hidden.write_text(
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else find(name, *rest)\n"
    )
    why = copy.refusal(PYTHONPATH=str(copy.root))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert why.startswith(f"Python {version} has no venv module")
    assert f"apt install python{version}-venv" in why


def test_a_failed_migration_gives_its_reason_and_the_place_of_the_rest(copy, port):
    why = copy.refusal(PORT=port, BROKEN="1")
    assert why == (
        "preparing the database failed: RuntimeError: no such database (more in instance/start.log)"
    )
    assert "Traceback" in (copy.root / "instance" / "start.log").read_text()


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (
            "Traceback:\n  x\nImportError: no app\n\nError: No such command 'db'.",
            "ImportError: no app",
        ),
        (
            "sa.exc.OperationalError: (x) locked\n(Background: y)",
            "sa.exc.OperationalError: (x) locked",
        ),
        ("Usage: flask\n\nError: babel failed\n", "Error: babel failed"),
        ("one\n  two\n\n", "two"),
    ],
)
def test_the_most_telling_line_is_picked(output, why):
    assert steps.reason_in(output) == why


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for alembic==1.20.1\n",
            "the packages could not be fetched; is this machine connected to the network?",
        ),
        (
            "Collecting flask\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n    Expected x\n",
            "installing the packages failed: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
        ),
        ("", "installing the packages failed: it said nothing"),
    ],
)
def test_a_failed_installation_gives_its_reason(output, why):
    assert environment.why_pip_failed(output) == why


# The environment


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """An environment that records what it is asked to do."""
    asked = []
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(environment, "_install_packages", lambda file: asked.append(file.name))

    def make() -> None:
        asked.append("made")
        environment.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        environment.PYTHON.touch()

    monkeypatch.setattr(environment, "_make_venv", make)
    return asked


def test_a_second_start_installs_nothing(venv):
    for _ in range(2):
        environment.ensure(environment.REQUIREMENTS)
    assert venv == ["made", "requirements.txt"]


def test_tests_add_their_packages_to_what_is_there(venv):
    environment.ensure(environment.REQUIREMENTS)
    environment.ensure(environment.DEVELOPMENT)
    environment.ensure(environment.REQUIREMENTS)
    assert venv == ["made", "requirements.txt", "requirements-dev.txt"]


def test_an_interrupted_installation_is_made_again(venv, monkeypatch):
    def interrupt(file: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as now:
        now.setattr(environment, "_install_packages", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.ensure(environment.REQUIREMENTS)
    environment.ensure(environment.REQUIREMENTS)
    assert venv == ["made", "made", "requirements.txt"]


def test_other_requirements_or_another_python_are_installed_anew(venv, monkeypatch):
    environment.ensure(environment.REQUIREMENTS)
    monkeypatch.setattr(environment, "mark_of", lambda file: "another\n")
    environment.ensure(environment.REQUIREMENTS)
    assert venv == ["made", "requirements.txt"] * 2


def test_every_package_has_a_hash_and_no_file_names_an_index():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line[:1].isalnum()]
        assert all("==" in pin and pin.endswith("\\") for pin in pins)
        assert not [line for line in lines if "//" in line or line.startswith("--")]


# Running


@pytest.mark.server
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_a_signal_lets_it_finish(copy, port, signum):
    process = copy.start(PORT=port)
    said = read_until(process, "Mails are kept in instance/outbox/")
    assert f"Microblog runs on http://localhost:{port} - Ctrl-C stops it." in said
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    connection.request("GET", "/slow")
    time.sleep(0.3)  # long enough for the request to be under way
    process.send_signal(signum)
    assert connection.getresponse().read() == b"done"
    connection.close()
    assert finish(process, signum=0) == 0


@pytest.mark.server
def test_it_ends_with_an_error_when_the_web_server_dies(copy, port):
    process = copy.start(PORT=port)
    read_until(process, "Microblog runs on")
    os.kill(child_of(process, "gunicorn"), signal.SIGKILL)
    output = process.communicate(timeout=20)[0]
    assert "The web server stopped (exit code -9); stopping the worker too." in output
    assert process.returncode == 1


@pytest.mark.server
def test_a_worker_that_dies_is_started_again(copy, port):
    process = copy.start(PORT=port, WORKER_DIES=str(copy.root / "died"))
    read_until(process, "The worker stopped (exit code 3); it starts again in 0.5 s.")
    read_until(process, "worker ready")
    assert finish(process) == 0


@pytest.mark.server
def test_nothing_is_left_when_the_start_itself_is_killed(copy, port):
    process = copy.start(PORT=port)
    read_until(process, "Microblog runs on")
    process.kill()
    process.communicate(timeout=20)  # ends when the last child has closed its output
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


@pytest.mark.server
def test_translations_are_compiled_when_they_changed(copy, port):
    catalogue = copy.root / "app" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.touch()
    process = copy.start("prepare")
    assert "Compiling the translations..." in process.communicate(timeout=20)[0]
    catalogue.with_suffix(".mo").touch()
    process = copy.start("develop")
    assert process.communicate(timeout=20)[0] == ""
