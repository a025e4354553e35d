"""Starting from source: a failure is one line with its reason, and a running site stops cleanly."""

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

from deployment import bootstrap, install, shell

ROOT = Path(__file__).resolve().parent.parent
SMALL_APPLICATION = """
import os, signal, sys, time
from flask import Flask
from flask.cli import AppGroup

app = Flask(__name__)
app.add_url_rule("/slow", "slow", lambda: time.sleep(1) or "done")
db = AppGroup("db")
app.cli.add_command(db)

@db.command("upgrade")
def upgrade():
    if "BROKEN" in os.environ:
        raise RuntimeError("no such database")

@app.cli.command("worker")
def worker():
    marker = os.environ.get("WORKER_FAILS_ONCE", "")
    if marker and not os.path.exists(marker):
        open(marker, "w").close()
        sys.exit(3)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("worker ready", flush=True)
    while True:
        time.sleep(0.05)
"""


class Copy:
    """A clone whose packages are already installed, with a small application in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.processes: list[subprocess.Popen] = []
        shutil.copytree(ROOT / "deployment", root / "deployment")
        for name in ("config.py", "setting_values.py", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / name, root)
        (root / "microblog.py").write_text(SMALL_APPLICATION)
        python = root / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        for name in ("requirements.txt", "requirements-dev.txt"):
            stamp = install.stamp_text(ROOT / name)
            (root / ".venv" / f"{name}.installed").write_text(stamp)

    def start(self, *goal: str, **settings: str) -> subprocess.Popen:
        environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, str(self.root / "deployment" / "bootstrap.py"), *goal],
            env=environ | settings,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def output(self, *goal: str) -> str:
        """Everything that a successful installation prints."""
        process = self.start(*goal)
        output = process.communicate(timeout=20)[0]
        assert process.returncode == 0, output
        return output

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=20)

    def failure(self, *goal: str, **settings: str) -> str:
        """The reason given by a start that has to fail."""
        process = self.start(*goal, **settings)
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
    """The output up to and including the line with `words`."""
    seen = ""
    alarm = threading.Timer(30, process.kill)  # a hanging start is killed, which fails the test
    alarm.start()
    try:
        while words not in seen:
            line = process.stdout.readline()
            assert line, f"it exited without {words!r}: {seen}"
            seen += line
    finally:
        alarm.cancel()
    return seen


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


# Failures


def fake_python(folder: Path, name: str, body: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_an_old_python_is_reported_when_there_is_no_newer_one(monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap, "is_new_enough", lambda command: False)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, but this is Python 3\.9\."):
        bootstrap.main()


@pytest.mark.server
def test_a_newer_python_on_the_path_is_used(monkeypatch, tmp_path):
    fake_python(tmp_path, "python3.13", "exit 127")
    fake_python(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    assert bootstrap.find_python() == "python3.12"


def test_an_old_python_can_parse_the_bootstrap():
    source = (ROOT / "deployment" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 4))


@pytest.mark.server
def test_a_port_in_use_is_reported(copy):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert copy.failure(PORT=port).startswith(f"port {port} is already in use")


@pytest.mark.server
def test_the_port_can_be_set_in_the_env_file(copy):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        (copy.root / ".env").write_text(f"PORT={port}\n")
        assert copy.failure().startswith(f"port {port} is already in use")


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("PORT", "many", "PORT: not 'many' but a whole number from 1 to 65535"),
        ("BASE_URL", "https://example.org", "SECRET_KEY: needed with BASE_URL"),
        ("MICROBLOG_SETTINGS", "/nowhere", "MICROBLOG_SETTINGS: there is no file /nowhere"),
    ],
)
def test_an_invalid_setting_is_reported_by_name(copy, name, value, why):
    assert copy.failure(**{name: value}).startswith(why)


def test_an_unwritable_folder_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(shell.os, "access", lambda path, mode: False)
    with pytest.raises(shell.StartError, match=f"cannot write to the folder {tmp_path}"):
        shell.check_writable(tmp_path / "instance")


@pytest.mark.server
def test_a_file_in_place_of_a_folder_is_reported(copy):
    (copy.root / "instance").write_text("")
    assert copy.failure().endswith("cannot write to the folder " + str(copy.root / "instance"))


@pytest.mark.server
def test_a_python_without_venv_says_how_to_install_it(copy):
    (copy.root / ".venv" / "requirements.txt.installed").unlink()
    # A module that hides ensurepip, as Debian does until python3-venv is installed.
    (copy.root / "ensurepip.py").write_text("")
    hidden = copy.root / "sitecustomize.py"
    hidden.write_text(
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else find(name, *rest)\n"
    )
    why = copy.failure(PYTHONPATH=str(copy.root))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert why.startswith(f"Python {version} has no venv module")
    assert f"apt install python{version}-venv" in why


@pytest.mark.server
def test_a_failed_migration_gives_its_reason_and_saves_the_full_output(copy, port):
    why = copy.failure(PORT=port, BROKEN="1")
    assert why == (
        "preparing the database failed: RuntimeError: no such database "
        "(see instance/start.log for details)"
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
def test_the_most_informative_line_is_the_reason(output, why):
    assert shell.reason_in(output) == why


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for alembic==1.20.1\n",
            "could not download the packages; is this machine connected to the network?",
        ),
        (
            "Collecting flask\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n    Expected x\n",
            "installing the packages failed: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
        ),
        ("", "installing the packages failed: no output"),
    ],
)
def test_a_failed_installation_gives_its_reason(output, why):
    assert install.pip_failure(output) == why


# Packages and translations


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """A virtual environment that records the steps of its installation."""
    steps = []
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(install, "_run_pip", lambda file: steps.append(file.name))

    def create() -> None:
        steps.append("created")
        install.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        install.PYTHON.touch()

    monkeypatch.setattr(install, "_create_venv", create)
    return steps


def test_a_second_start_installs_nothing(venv):
    for _ in range(2):
        install.install_packages(install.REQUIREMENTS)
    assert venv == ["created", "requirements.txt"]


def test_tests_add_their_packages_to_what_is_there(venv):
    install.install_packages(install.REQUIREMENTS)
    install.install_packages(install.DEVELOPMENT)
    install.install_packages(install.REQUIREMENTS)
    assert venv == ["created", "requirements.txt", "requirements-dev.txt"]


def test_an_interrupted_installation_is_repeated(venv, monkeypatch):
    def interrupt(file: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(install, "_run_pip", interrupt)
        with pytest.raises(KeyboardInterrupt):
            install.install_packages(install.REQUIREMENTS)
    install.install_packages(install.REQUIREMENTS)
    assert venv == ["created", "created", "requirements.txt"]


def test_other_requirements_or_another_python_are_installed_again(venv, monkeypatch):
    install.install_packages(install.REQUIREMENTS)
    monkeypatch.setattr(install, "stamp_text", lambda file: "another\n")
    install.install_packages(install.REQUIREMENTS)
    assert venv == ["created", "requirements.txt"] * 2


def test_every_package_has_a_hash_and_no_file_names_an_index():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line[:1].isalnum()]
        assert all("==" in pin and pin.endswith("\\") for pin in pins)
        assert not [line for line in lines if "//" in line or line.startswith("--")]


@pytest.mark.server
def test_translations_are_compiled_when_they_changed(copy):
    catalog = copy.root / "app" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid ""\nmsgstr "Language: es\\n"\n\nmsgid "Home"\nmsgstr "Inicio"\n')
    assert copy.output("prepare") == "Compiling the translations...\n"
    assert b"Inicio" in catalog.with_suffix(".mo").read_bytes()
    assert copy.output("develop") == ""


# Running


@pytest.mark.server
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_a_signal_lets_it_finish(copy, port, signum):
    process = copy.start(PORT=port)
    output = read_until(process, "Emails are saved in instance/outbox/")
    address = f"http://localhost:{port}"
    assert f"Microblog is running at {address}. Press Ctrl-C to stop it." in output
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    connection.request("GET", "/slow")
    time.sleep(0.3)  # long enough for the request to be under way
    process.send_signal(signum)
    assert connection.getresponse().read() == b"done"
    connection.close()
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.server
def test_a_dead_worker_is_restarted_and_a_dead_web_server_ends_both(copy, port):
    process = copy.start(PORT=port, WORKER_FAILS_ONCE=str(copy.root / "failed"))
    read_until(process, "The worker stopped with exit code 3; restarting it in 0.5 s.")
    read_until(process, "worker ready")
    os.kill(child_of(process, "gunicorn"), signal.SIGKILL)
    output = process.communicate(timeout=20)[0]
    assert "The web server stopped with exit code -9; stopping the worker too." in output
    assert process.returncode == 1


@pytest.mark.server
def test_ctrl_c_before_it_serves_ends_it_without_a_traceback(copy, port):
    process = copy.start(PORT=port)
    command = Path(f"/proc/{process.pid}/cmdline")
    while "deployment.boot" not in command.read_text():
        assert process.poll() is None, process.communicate()[0]
    process.send_signal(signal.SIGINT)
    assert "Traceback" not in process.communicate(timeout=20)[0]
    assert process.returncode == 130


@pytest.mark.server
def test_no_process_survives_when_the_supervisor_is_killed(copy, port):
    process = copy.start(PORT=port)
    read_until(process, "Microblog is running at")
    process.kill()
    process.communicate(timeout=20)  # ends when the last child has closed its output
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0
