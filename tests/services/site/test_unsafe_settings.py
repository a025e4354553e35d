"""Settings that would start and be unsafe, one by one."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.services.site import unsafe_settings
from app.services.site.unsafe_settings import PROBLEMS, Finding
from app.web.setting_advice import ADVICE

# A site that has nothing to reproach itself with, whatever the tests run on.
GOOD: dict[str, Any] = {
    "IS_PRODUCTION": True,
    "IS_HTTPS": True,
    "TRUSTED_HOSTS": ["example.org"],
    "PROXY_HOPS": 1,
    "HEALTH_NETWORKS": [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")],
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "SECRET_KEY_FALLBACKS": ["0123456789abcdef0123456789abcdef"],
    "ADMINS": ["owner@example.org"],
    "RATELIMIT_ENABLED": True,
    "REGISTRATION": "open",
    "TWO_FACTOR_FOR_STAFF": True,
    "LOG_LEVEL": "INFO",
    "MAIL_SERVER": "smtp.example.org",
    "MAIL_USERNAME": None,
    "MAIL_USE_TLS": True,
    "MAIL_USE_SSL": False,
    "SQLALCHEMY_DATABASE_URI": "sqlite:///app.db",
    "SQLITE_SYNCHRONOUS": "FULL",
    "REDIS_URL": "rediss://:word@redis.example.org/0",
    "ELASTICSEARCH_URL": "https://name:word@search.example.org",
    "LIBRETRANSLATE_URL": "https://translate.example.org",
}
FAR = "postgresql+psycopg://db.example.org/x"
WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("BASE_URL", "no_https", {"IS_HTTPS": False}),
    ("FLASK_DEBUG", "debug", {"DEBUG": True}),
    ("TRUSTED_HOSTS", "any_subdomain", {"TRUSTED_HOSTS": ["example.org", ".example.org"]}),
    ("PROXY_HOPS", "no_proxy", {"PROXY_HOPS": 0}),
    ("HEALTH_NETWORKS", "health_for_all", {"HEALTH_NETWORKS": [ip_network("0.0.0.0/0")]}),
    ("HEALTH_NETWORKS", "health_for_all", {"HEALTH_NETWORKS": [ip_network("::/0")]}),
    ("SECRET_KEY", "weak_key", {"SECRET_KEY": "k" * 40}),
    ("SECRET_KEY_FALLBACKS", "short_fallback", {"SECRET_KEY_FALLBACKS": ["short"]}),
    ("ADMINS", "nobody_alerted", {"ADMINS": []}),
    ("RATELIMIT_ENABLED", "no_limits", {"RATELIMIT_ENABLED": False}),
    ("TWO_FACTOR_FOR_STAFF", "staff_by_password", {"TWO_FACTOR_FOR_STAFF": False}),
    ("LOG_LEVEL", "log_level", {"LOG_LEVEL": "DEBUG"}),
    ("MAIL_SERVER", "no_mail", {"MAIL_SERVER": None, "REGISTRATION": "invite"}),
    ("MAIL_USE_TLS", "mail_in_clear", {"MAIL_USE_TLS": False}),
    (
        "MAIL_USE_TLS",
        "mail_password_in_clear",
        {"MAIL_USE_TLS": False, "MAIL_USERNAME": "site"},
    ),
    ("SQLITE_SYNCHRONOUS", "not_durable", {"SQLITE_SYNCHRONOUS": "NORMAL"}),
    ("DATABASE_URL", "database_in_clear", {"SQLALCHEMY_DATABASE_URI": FAR}),
    (
        "DATABASE_URL",
        "database_in_clear",
        {"SQLALCHEMY_DATABASE_URI": f"{FAR}?sslmode=require"},
    ),
    ("REDIS_URL", "redis_in_clear", {"REDIS_URL": "redis://:word@redis.example.org"}),
    ("REDIS_URL", "redis_without_password", {"REDIS_URL": "rediss://redis.example.org"}),
    (
        "ELASTICSEARCH_URL",
        "search_in_clear",
        {"ELASTICSEARCH_URL": "http://name:word@search.example.org"},
    ),
    (
        "ELASTICSEARCH_URL",
        "search_without_password",
        {"ELASTICSEARCH_URL": "https://search.example.org"},
    ),
    (
        "LIBRETRANSLATE_URL",
        "translation_in_clear",
        {"LIBRETRANSLATE_URL": "http://192.0.2.7:5001"},
    ),
]


@pytest.fixture
def live(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A live site with good settings and nothing in its folder."""
    app.config.update(GOOD)
    monkeypatch.setitem(app.config, "EXPORT_FOLDER", tmp_path / "exports")
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    monkeypatch.setattr(unsafe_settings, "ROOT", tmp_path)
    return app


def test_every_problem_has_its_advice_and_a_test() -> None:
    assert set(ADVICE) == set(PROBLEMS)
    tested = {problem for _, problem, _ in WRONG}
    assert set(PROBLEMS) - tested == {"no_base_url", "open_without_mail", "readable_by_all"}


def test_good_settings_are_not_remarked(live: Flask) -> None:
    assert unsafe_settings.findings() == []


@pytest.mark.parametrize(("subject", "problem", "changes"), WRONG)
def test_each_unsafe_setting_is_found_and_nothing_else(
    live: Flask, subject: str, problem: str, changes: dict[str, Any]
) -> None:
    live.config.update(changes)
    assert unsafe_settings.findings() == [Finding(subject, problem)]


@pytest.mark.parametrize(
    "changes",
    [
        {"SQLALCHEMY_DATABASE_URI": f"{FAR}?sslmode=verify-full"},
        {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://localhost/x"},
        {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg:///x?host=/run/postgresql"},
        # As in containers.
        {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://name:word@database/x"},
        {"REDIS_URL": "redis://redis:6379/0", "ELASTICSEARCH_URL": "http://localhost:9200"},
        {"REDIS_URL": None, "ELASTICSEARCH_URL": None, "LIBRETRANSLATE_URL": None},
        {"MAIL_SERVER": "127.0.0.1", "MAIL_USE_TLS": False, "MAIL_USERNAME": "site"},
        {"MAIL_USE_TLS": False, "MAIL_USE_SSL": True},
        {"IS_PRODUCTION": False, "IS_HTTPS": False, "RATELIMIT_ENABLED": False},
    ],
)
def test_what_stays_on_this_machine_needs_no_encryption(
    live: Flask, changes: dict[str, Any]
) -> None:
    live.config.update(changes)
    assert unsafe_settings.findings() == []


def test_an_open_site_needs_mail(live: Flask) -> None:
    live.config.update(MAIL_SERVER=None)
    assert unsafe_settings.findings() == [
        Finding("REGISTRATION", "open_without_mail"),
        Finding("MAIL_SERVER", "no_mail"),
    ]


def test_files_that_everybody_may_read_are_found(live: Flask, tmp_path: Path) -> None:
    for name in ("app.db", "secret_key", ".env"):
        (tmp_path / name).touch(mode=0o600)
    assert unsafe_settings.findings() == []
    (tmp_path / "secret_key").chmod(0o644)
    (tmp_path / "exports").mkdir(mode=0o755)
    assert unsafe_settings.findings() == [
        Finding(str(tmp_path / "secret_key"), "readable_by_all"),
        Finding(str(tmp_path / "exports"), "readable_by_all"),
    ]


def test_a_laptop_seen_as_a_live_site_has_no_address(live: Flask) -> None:
    live.config.update(IS_PRODUCTION=False, IS_HTTPS=False)
    assert unsafe_settings.findings() == []
    assert unsafe_settings.findings(as_live=True) == [Finding("BASE_URL", "no_base_url")]
