"""Dockerfile and compose.yaml: unprivileged, without secrets, and pinned to exact versions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import config

ROOT = config.ROOT
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
LASTING = sorted(SERVICES.keys() - {"secrets"})
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as pairs of instruction and arguments, with continued lines joined."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    steps = [line.partition(" ") for line in whole.splitlines()]
    return [(word, rest.strip()) for word, _, rest in steps]


STEPS = instructions()
LAST_STAGE = STEPS[max(n for n, (word, _) in enumerate(STEPS) if word == "FROM") :]


def of(word: str, steps: list[tuple[str, str]] = STEPS) -> list[str]:
    return [rest for found, rest in steps if found == word]


def test_the_base_is_one_image_and_no_other() -> None:
    (base,) = of("ARG")
    assert re.search(r"python:3\.\d+\.\d+-slim-\w+@", base)
    assert DIGEST.search(base)
    assert {rest.partition(" ")[0] for rest in of("FROM")} == {"${BASE}"}


def test_the_final_stage_is_unprivileged_and_has_a_health_check() -> None:
    assert LAST_STAGE[-1][0] == "CMD"
    (user,) = of("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    # Nothing runs as root at start, and nothing is written after the switch of user.
    words = [word for word, _ in LAST_STAGE]
    assert not {"RUN", "COPY", "ADD"} & set(words[words.index("USER") :])
    (check,) = of("HEALTHCHECK")
    assert 'CMD ["python3", "-m", "deployment.healthcheck"]' in check
    assert '"/healthz"' in (ROOT / "deployment" / "healthcheck.py").read_text()
    assert of("ENTRYPOINT") == ['["./boot.sh"]']
    assert os.access(ROOT / "boot.sh", os.X_OK)


def test_packages_are_checked_by_hash_and_pip_is_not_in_the_final_stage() -> None:
    installs = [step for step in of("RUN") if "pip install" in step]
    assert len(installs) == 1
    assert "--require-hashes --only-binary=:all: -r requirements.txt" in installs[0]
    assert "pip uninstall" in installs[0]
    tools = re.compile(r"\bpip install|apt-get|\bgcc\b|\bmake\b|curl|wget|\bgit\b")
    assert not [rest for _, rest in LAST_STAGE if tools.search(rest)]


def test_translations_are_compiled_when_the_image_is_built() -> None:
    assert any("pybabel --quiet compile -d app/translations" in step for step in of("RUN"))


def test_images_are_pinned_and_nothing_else_is_downloaded() -> None:
    assert "latest" not in DOCKERFILE + COMPOSE
    assert not of("ADD")
    for name, service in SERVICES.items():
        image = service["image"]
        is_own = image == "microblog" and service["build"] == "."
        assert is_own or re.search(r":\d+\.\d+\.\d+|:\d+\.\d+-", image), name


def test_no_file_contains_a_secret() -> None:
    assert not [line for line in of("ENV") + of("ARG") if re.search(r"SECRET|PASSWORD|KEY", line)]
    for name, service in SERVICES.items():
        for setting, value in service.get("environment", {}).items():
            if setting.removesuffix("_FILE") in config.SECRET_SETTINGS | {"POSTGRES_PASSWORD"}:
                is_elsewhere = setting.endswith("_FILE") or value == f"${{{setting}:-}}"
                # A URL without a password, on a network that only the containers share.
                is_open = setting.endswith("_URL") and "@" not in value
                assert is_elsewhere or is_open, (name, setting)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert not {"!.env", "!instance", "!.git", "!tests"} & set(ignored)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_has_no_more_privileges_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("user", "") not in ("root", "0", "0:0")
    assert service.get("read_only") or name == "search"
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert not {"privileged", "pid", "devices"} & set(service)
    assert "docker.sock" not in str(service)


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_container_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    # Our own image has a health check for its web server.
    has_own = service["image"] == "microblog" and service["command"] == ["web"]
    assert has_own or service["healthcheck"]["test"]


def test_only_the_gateway_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]
    for name in ("database", "queue", "search"):
        assert SERVICES[name]["networks"] == ["inside"], name


def test_settings_of_the_containers_are_settings() -> None:
    known = {setting.name for setting in config.SETTINGS}
    # URLs of the other containers, and files that contain a secret.
    known |= {f"{name}_FILE" for name in config.SECRET_SETTINGS}
    known |= {"REDIS_URL", "ELASTICSEARCH_URL"}
    assert set(SERVICES["web-one"]["environment"]) <= known


def generate_secrets(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deployment.generate_secrets", str(folder)],
        cwd=ROOT,
        env=os.environ | {"SITE_HOST": "blog.example.com"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.server
def test_secrets_are_generated_once_and_never_printed(tmp_path: Path) -> None:
    for name in ("site", "database", "certificate"):
        (tmp_path / name).mkdir()
    first = generate_secrets(tmp_path)
    assert first.returncode == 0, first.stderr
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    names = {path.relative_to(tmp_path).as_posix() for path in files}
    assert names == {
        "site/secret_key",
        "site/database_url",
        "database/password",
        "certificate/privkey.pem",
        "certificate/fullchain.pem",
    }
    assert generate_secrets(tmp_path).stdout == ""
    assert all(path.read_bytes() == content for path, content in files.items())
    password = (tmp_path / "database" / "password").read_text()
    assert len(password) == 48 and password not in first.stdout + first.stderr
    settings = {
        "BASE_URL": "https://blog.example.com",
        "SECRET_KEY_FILE": str(tmp_path / "site" / "secret_key"),
        "DATABASE_URL_FILE": str(tmp_path / "site" / "database_url"),
    }
    loaded = config.load(settings, tmp_path)
    address = f"postgresql+psycopg://microblog:{password}@database/microblog"
    assert loaded["DATABASE_URL"] == address


@pytest.mark.server
def test_a_failure_to_create_secrets_is_one_line_with_its_reason(tmp_path: Path) -> None:
    done = generate_secrets(tmp_path / "nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot create the secrets: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.server
def test_the_gateway_uses_the_nginx_file_with_the_names_and_ports_of_the_containers(
    tmp_path: Path,
) -> None:
    plain, result = ROOT / "deployment" / "nginx.conf", tmp_path / "default.conf"
    subprocess.run(
        [str(ROOT / "deployment" / "nginx-container.sh"), str(plain), str(result)],
        env={"PATH": os.environ["PATH"], "SITE_HOST": "blog.example.org"},
        check=True,
    )
    before, after = plain.read_text().splitlines(), result.read_text().splitlines()
    changed = [new.strip() for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        "server web-one:5000 max_fails=0;",
        "server web-two:5000 max_fails=0;",
        "proxy_cache_path /tmp/microblog levels=1:2 keys_zone=microblog_static:1m max_size=50m"
        " inactive=30d;",
        "listen 8080 default_server;",
        "listen 8443 ssl default_server;",
        "listen 8080;",
        "server_name blog.example.org;",
        "return 301 https://blog.example.org$request_uri;",
        "listen 8443 ssl http2;",
        "server_name blog.example.org;",
        "ssl_certificate /certificate/fullchain.pem;",
        "ssl_certificate_key /certificate/privkey.pem;",
        "access_log /dev/stdout without_secrets;",
        "error_log /dev/stderr crit;",
    ]
