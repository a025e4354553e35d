"""Settings that are unsafe on a live site, for `flask doctor` and the overview of administration.

Invalid ones have already stopped the start (config.py). What is found here would start, and serve
people worse than they may expect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import make_url

from config import LOOPBACK_HOSTS, ROOT, SECRET_KEY_MIN_BYTES

OTHERS_MAY_READ = 0o004
# A random key has more; one that somebody typed to fill the length has fewer.
KEY_CHARACTERS_MIN = 8
# Networks with more addresses than this are nobody's own.
HEALTH_PREFIX_MIN = {4: 8, 6: 16}
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """The setting or file that is unsafe, and in which way: a word of its own for each."""

    subject: str
    problem: str


def findings(*, as_live: bool = False) -> list[Finding]:
    """What is unsafe. A site without BASE_URL serves one machine, unless looked at `as_live`."""
    config = current_app.config
    if not (config["IS_PRODUCTION"] or as_live):
        return []
    return [finding for look in LOOKS for finding in look(config)]


def _address(config: Config) -> Iterator[Finding]:
    if not config["IS_PRODUCTION"]:
        yield Finding("BASE_URL", "no_base_url")
    elif not config["IS_HTTPS"]:
        yield Finding("BASE_URL", "no_https")
    if current_app.debug:
        yield Finding("FLASK_DEBUG", "debug")
    if any(host.startswith(".") for host in config["TRUSTED_HOSTS"] or ()):
        yield Finding("TRUSTED_HOSTS", "any_subdomain")
    if config["IS_HTTPS"] and not config["PROXY_HOPS"]:
        yield Finding("PROXY_HOPS", "no_proxy")
    if any(net.prefixlen < HEALTH_PREFIX_MIN[net.version] for net in config["HEALTH_NETWORKS"]):
        yield Finding("HEALTH_NETWORKS", "health_for_all")


def _keys(config: Config) -> Iterator[Finding]:
    if len(set(config["SECRET_KEY"])) < KEY_CHARACTERS_MIN:
        yield Finding("SECRET_KEY", "weak_key")
    if any(len(key.encode()) < SECRET_KEY_MIN_BYTES for key in config["SECRET_KEY_FALLBACKS"]):
        yield Finding("SECRET_KEY_FALLBACKS", "short_fallback")


def _people(config: Config) -> Iterator[Finding]:
    if not config["ADMINS"]:
        yield Finding("ADMINS", "nobody_alerted")
    if not config["RATELIMIT_ENABLED"]:
        yield Finding("RATELIMIT_ENABLED", "no_limits")
    if config["REGISTRATION"] == "open" and not config["MAIL_SERVER"]:
        yield Finding("REGISTRATION", "open_without_mail")
    if not config["TWO_FACTOR_FOR_STAFF"]:
        yield Finding("TWO_FACTOR_FOR_STAFF", "staff_by_password")
    if config["LOG_LEVEL"] != "INFO":
        yield Finding("LOG_LEVEL", "log_level")


def _mail(config: Config) -> Iterator[Finding]:
    server = config["MAIL_SERVER"]
    if not server:
        yield Finding("MAIL_SERVER", "no_mail")
        return
    is_encrypted = config["MAIL_USE_TLS"] or config["MAIL_USE_SSL"]
    if is_encrypted or not _is_elsewhere(server):
        return
    problem = "mail_password_in_clear" if config["MAIL_USERNAME"] else "mail_in_clear"
    yield Finding("MAIL_USE_TLS", problem)


def _database(config: Config) -> Iterator[Finding]:
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite":
        if config["SQLITE_SYNCHRONOUS"] != "FULL":
            yield Finding("SQLITE_SYNCHRONOUS", "not_durable")
    elif _is_elsewhere(url.host) and url.query.get("sslmode") != "verify-full":
        yield Finding("DATABASE_URL", "database_in_clear")


def _other_servers(config: Config) -> Iterator[Finding]:
    redis = urlsplit(config["REDIS_URL"] or "")
    if _is_elsewhere(redis.hostname):
        if redis.scheme != "rediss":
            yield Finding("REDIS_URL", "redis_in_clear")
        if not redis.password:
            yield Finding("REDIS_URL", "redis_without_password")
    search = urlsplit(config["ELASTICSEARCH_URL"] or "")
    if _is_elsewhere(search.hostname):
        if search.scheme != "https":
            yield Finding("ELASTICSEARCH_URL", "search_in_clear")
        if not search.password:
            yield Finding("ELASTICSEARCH_URL", "search_without_password")
    translator = urlsplit(config["LIBRETRANSLATE_URL"] or "")
    if _is_elsewhere(translator.hostname) and translator.scheme != "https":
        yield Finding("LIBRETRANSLATE_URL", "translation_in_clear")


def _files(_config: Config) -> Iterator[Finding]:
    instance = Path(current_app.instance_path)
    paths = (ROOT / ".env", instance / "secret_key", instance / "app.db", instance / "outbox")
    for path in (*paths, current_app.config["EXPORT_FOLDER"]):
        if path.exists() and path.stat().st_mode & OTHERS_MAY_READ:
            yield Finding(str(path), "readable_by_all")


def _is_elsewhere(host: str | None) -> bool:
    """Whether others may listen on the way there.

    Names without a dot, as containers have, belong to the network of this machine.
    """
    return bool(host) and host not in LOOPBACK_HOSTS and ("." in str(host) or ":" in str(host))


LOOKS: tuple[Callable[[Config], Iterator[Finding]], ...] = (
    *(_address, _keys, _people, _mail, _database, _other_servers, _files),
)
# Each has its words in app/web/setting_advice.py.
PROBLEMS = (
    "no_base_url",
    "no_https",
    "debug",
    "any_subdomain",
    "no_proxy",
    "health_for_all",
    "weak_key",
    "short_fallback",
    "nobody_alerted",
    "no_limits",
    "open_without_mail",
    "staff_by_password",
    "log_level",
    "no_mail",
    "mail_password_in_clear",
    "mail_in_clear",
    "not_durable",
    "database_in_clear",
    "redis_in_clear",
    "redis_without_password",
    "search_in_clear",
    "search_without_password",
    "translation_in_clear",
    "readable_by_all",
)
