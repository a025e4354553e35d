"""All settings, typed and read once; an invalid value stops the start with the setting's name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from setting_values import (
    ascii_host,
    bucket_url,
    color,
    comma_list,
    database_url,
    folder,
    header_word,
    host_names,
    index_name,
    name_server,
    networks,
    number,
    one_of,
    optional,
    origin,
    redis_url,
    server_url,
    service_url,
    switch,
    text,
)

ROOT = Path(__file__).resolve().parent
LANGUAGES = {"en": "English", "es": "Español", "zh": "中文"}
KNOWN_SAMPLE_KEYS = {"changeme", "change-me", "secret", "you-will-never-guess", "dev"}
SECRET_KEY_MIN_BYTES = 32
# KiB of memory, passes, lanes: OWASP's minimum for argon2id.
ARGON2_COST = (19_456, 2, 1)
WHO_JOINS = ("open", "approval", "invite", "closed")
# The color of our own style sheet.
OWN_ACCENT = "#17603f"
# The least and the most of what the owner may choose.
POST_LENGTHS, PAGE_SIZES = (1, 10_000), (1, 100)
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}
# This machine, or everybody, as in a container.
LISTEN_HOSTS = ("127.0.0.1", "0.0.0.0")  # noqa: S104
SECRET_SETTINGS = {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "MAIL_PASSWORD", "DATABASE_URL"}
SECRET_SETTINGS |= {"MS_TRANSLATOR_KEY", "LIBRETRANSLATE_KEY", "ELASTICSEARCH_URL", "REDIS_URL"}
SECRET_SETTINGS |= {"MEDIA_S3_SECRET"}


class SettingError(ValueError):
    """A setting is invalid; the message names it and the allowed values.

    `problems` holds the message and those of all other invalid settings.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__(problems[0])
        self.problems = problems


@dataclass(frozen=True)
class Setting:
    """One setting: its default, its parser, and its documentation."""

    name: str
    default: str
    parse: Callable[[str], Any]
    help: str


# Empty: another setting decides.
YES_NO_OR, LOG_LEVEL = one_of("", "1", "0"), one_of("", "DEBUG", "INFO", "WARNING", "ERROR")

SETTINGS = (
    Setting("BASE_URL", "", origin, "Public URL of the site. Set it in production."),
    Setting("PORT", "5000", number(1, 65535), "Port that the web server listens on."),
    Setting("LISTEN_HOST", "127.0.0.1", one_of(*LISTEN_HOSTS), "Address that it listens on."),
    Setting("SECRET_KEY", "", optional, "At least 32 bytes. Without BASE_URL: in `instance/`."),
    Setting("SECRET_KEY_FALLBACKS", "", comma_list, "Old keys, still accepted, comma-separated."),
    Setting("SERVER_NAME", "", ascii_host, "Host name of the site; optional with BASE_URL."),
    Setting("TRUSTED_HOSTS", "", host_names, "Other accepted host names, comma-separated."),
    Setting("HSTS_SUBDOMAINS", "0", switch, "Browsers use https for all subdomains too."),
    Setting("PROXY_HOPS", "0", number(0, 5), "Proxies whose X-Forwarded headers are trusted."),
    Setting("DATABASE_URL", "", database_url, "PostgreSQL URL. Empty: SQLite in `instance/`."),
    Setting("DATABASE_WAIT_SECONDS", "60", number(0, 3600), "How long the start waits for it."),
    Setting("REDIS_URL", "", redis_url, "Redis URL, for jobs and rate limits. Empty: not used."),
    Setting("SQLITE_SYNCHRONOUS", "FULL", one_of("FULL", "NORMAL"), "SQLite durability."),
    Setting("SITE_NAME", "Microblog", text, "Name of the site, at the top left."),
    Setting("SITE_DESCRIPTION", "", text, "One sentence for the front page."),
    Setting("SITE_CONTACT", "", text, "Whom to ask: an email or web address, or a sentence."),
    Setting("DEFAULT_LANGUAGE", "en", one_of(*LANGUAGES), "For browsers that ask for no other."),
    Setting("ACCENT_COLOR", OWN_ACCENT, color, "Color of links and buttons, readable on white."),
    Setting("ADMINS", "", comma_list, "Emails of the operators; the first one is the sender."),
    Setting("REGISTRATION", "open", one_of(*WHO_JOINS), "Or `approval`, `invite`, `closed`."),
    Setting("JOIN_QUESTION", "", text, "Asked of those who join, against junk."),
    Setting("JOIN_ANSWERS", "", text, "Which answers let them join, separated by commas."),
    Setting("MX_LOOKUP", "", name_server, "Name server for blocked mail hosts, or `system`."),
    Setting("MODERATION_LOG", "staff", one_of("staff", "everyone"), "Who reads what was decided."),
    Setting("TWO_FACTOR_FOR_STAFF", "", YES_NO_OR, "Staff need two factors. Empty: by BASE_URL."),
    Setting("PUBLIC_READING", "1", switch, "Visitors may read public posts."),
    Setting("VISITOR_PAGE_SECONDS", "2", number(0, 2), "How long visitors share a page; 0: no."),
    Setting("POST_MAX_LENGTH", "280", number(*POST_LENGTHS), "Longest post, in characters."),
    Setting("POSTS_PER_PAGE", "25", number(*PAGE_SIZES), "Posts per page."),
    Setting("PASSWORD_MIN_LENGTH", "8", number(8, 64), "Shortest password, in characters."),
    Setting("RESET_TOKEN_MINUTES", "60", number(5, 60), "How long a password reset link works."),
    Setting("UNCONFIRMED_DAYS", "30", number(1, 3650), "Then an unused new account is deleted."),
    Setting("API_PASSWORD_TOKENS", "1", switch, "API clients may create tokens with a password."),
    Setting("RATELIMIT_ENABLED", "1", switch, "Rate limits on attempts and posts."),
    Setting("MAIL_SERVER", "", optional, "SMTP host. Empty: emails go to `instance/outbox/`."),
    Setting("MAIL_PORT", "25", number(1, 65535), "SMTP port."),
    Setting("MAIL_USE_TLS", "0", switch, "STARTTLS before sending."),
    Setting("MAIL_USE_SSL", "0", switch, "TLS from the first byte, as on port 465."),
    Setting("MAIL_USERNAME", "", optional, "SMTP user."),
    Setting("MAIL_PASSWORD", "", optional, "SMTP password."),
    Setting("MAIL_TIMEOUT_SECONDS", "10", number(1, 60), "Timeout of the mail server, in seconds."),
    Setting("MS_TRANSLATOR_KEY", "", header_word, "Microsoft Translator key. Sends posts there."),
    Setting("MS_TRANSLATOR_REGION", "westus", header_word, "Region of that key."),
    Setting("LIBRETRANSLATE_URL", "", service_url, "LibreTranslate server, instead of Microsoft."),
    Setting("LIBRETRANSLATE_KEY", "", header_word, "Its key, if it requires one."),
    Setting("ELASTICSEARCH_URL", "", server_url, "Elasticsearch URL. Empty: the database."),
    Setting("ELASTICSEARCH_PREFIX", "microblog", index_name, "Index prefix, unique per site."),
    Setting("JOB_LEASE_SECONDS", "60", number(1, 3600), "A killed job is retried after this time."),
    Setting("JOB_ATTEMPTS", "8", number(1, 20), "Attempts before a job fails permanently."),
    Setting("EXPORT_FOLDER", "", folder, "Folder of exports. Empty: `instance/exports/`."),
    Setting("MEDIA_FOLDER", "", folder, "Folder of pictures. Empty: `instance/media/`."),
    Setting("MEDIA_S3_URL", "", bucket_url, "S3 bucket of pictures, instead of that folder."),
    Setting("MEDIA_S3_KEY_ID", "", header_word, "Id of the access key of the S3 store."),
    Setting("MEDIA_S3_SECRET", "", header_word, "Secret of that access key."),
    Setting("MEDIA_S3_REGION", "us-east-1", header_word, "Region of the S3 store."),
    Setting("LOG_LEVEL", "", LOG_LEVEL, "Log detail. Empty: `INFO`, on a terminal `WARNING`."),
    Setting("LOG_TO_STDOUT", "1", switch, "Log to standard output; else to `logs/microblog.log`."),
    Setting("LOG_FORMAT", "", one_of("", "json", "text"), "`json` or `text`. Empty: by BASE_URL."),
    Setting("METRICS_PORT", "0", number(0, 65535), "Loopback port for Prometheus metrics; 0: off."),
    Setting("HEALTH_NETWORKS", "", networks, "Networks that see details at `/readyz`."),
)


def read_sources(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings as text: environment first, then MICROBLOG_SETTINGS, then `.env`."""
    sources: list[Mapping[str, str | None]] = [dotenv_values(ROOT / ".env")]
    if path := environ.get("MICROBLOG_SETTINGS"):
        if not Path(path).is_file():
            raise SettingError(f"MICROBLOG_SETTINGS: there is no file {path}")
        sources.append(dotenv_values(path))
    sources.append(environ)
    texts = {name: value for source in sources for name, value in source.items() if value}
    return texts | _read_secret_files(texts)


def _read_secret_files(texts: Mapping[str, str]) -> dict[str, str]:
    """Secrets from files, as containers provide them; NAME_FILE is the path of NAME."""
    secrets = {}
    for name in SECRET_SETTINGS:
        path = texts.get(f"{name}_FILE")
        if path is None:
            continue
        if name in texts:
            raise SettingError(f"{name}: set it or {name}_FILE, not both")
        try:
            secrets[name] = Path(path).read_text().strip()
        except (OSError, ValueError):
            raise SettingError(f"{name}_FILE: the file {path} cannot be read") from None
    return secrets


def _parse(texts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The settings' values, and the problems of the invalid ones, which get their default."""
    values, problems = {}, []
    for setting in SETTINGS:
        raw = texts.get(setting.name, setting.default).strip()
        try:
            values[setting.name] = setting.parse(raw)
        except ValueError as error:
            shown = "" if setting.name in SECRET_SETTINGS else f" {raw!r}"
            problems.append(f"{setting.name}: not{shown} but {error}")
            values[setting.name] = setting.parse(setting.default)
    return values, problems


def _own_secret_key(instance: Path) -> str:
    """A key generated at the first start, for a laptop; concurrent starts agree on one."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = instance / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(os.urandom(SECRET_KEY_MIN_BYTES).hex())
        # Linking fails if the name is taken, so nobody reads half a key or replaces one.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _contradictions(values: Mapping[str, Any]) -> Iterator[str]:
    """Settings that contradict each other."""
    if values["MAIL_USE_TLS"] and values["MAIL_USE_SSL"]:
        yield "MAIL_USE_SSL: cannot be on together with MAIL_USE_TLS"
    if values["MEDIA_S3_URL"] and not (values["MEDIA_S3_KEY_ID"] and values["MEDIA_S3_SECRET"]):
        yield "MEDIA_S3_URL: needs MEDIA_S3_KEY_ID and MEDIA_S3_SECRET"
    if values["BASE_URL"] is None:
        return
    # The checks below are for a public site.
    key = values["SECRET_KEY"] or ""
    if not key:
        yield "SECRET_KEY: needed with BASE_URL, at least 32 random bytes"
    elif len(key.encode()) < SECRET_KEY_MIN_BYTES or key.lower() in KNOWN_SAMPLE_KEYS:
        yield "SECRET_KEY: too short or well known; use at least 32 random bytes"
    address = urlsplit(values["BASE_URL"])
    if address.scheme == "http" and address.hostname not in LOOPBACK_HOSTS:
        yield "BASE_URL: must start with https:// unless it is this machine"


def load(environ: Mapping[str, str], instance: Path) -> dict[str, Any]:
    """Flask's configuration from `environ`. Raises SettingError, naming each invalid setting."""
    texts = read_sources(environ)
    values, problems = _parse(texts)
    if values["BASE_URL"] and texts.get("FLASK_DEBUG", "0").lower() not in ("0", "false", "no"):
        problems.append("FLASK_DEBUG: must be off with BASE_URL")
    if problems := [*problems, *_contradictions(values)]:
        raise SettingError(*problems)
    is_production = values["BASE_URL"] is not None
    if not is_production and not values["SECRET_KEY"]:
        values["SECRET_KEY"] = _own_secret_key(instance)
    base_url = values["BASE_URL"] or f"http://localhost:{values['PORT']}"
    address = urlsplit(base_url)
    hosts = [address.hostname, values["SERVER_NAME"], *values.pop("TRUSTED_HOSTS")]
    return values | {
        "BASE_URL": base_url,
        "IS_PRODUCTION": is_production,
        "SET_BY_ENVIRONMENT": frozenset(texts),
        "IS_HTTPS": address.scheme == "https",
        # In development any Host is fine: links in emails use BASE_URL, not the Host.
        "TRUSTED_HOSTS": [host for host in hosts if host] if is_production else None,
        "SERVER_NAME": None,
        "PREFERRED_URL_SCHEME": address.scheme,
        "SQLALCHEMY_DATABASE_URI": values["DATABASE_URL"] or f"sqlite:///{instance}/app.db",
        "EXPORT_FOLDER": values["EXPORT_FOLDER"] or instance / "exports",
        "MEDIA_FOLDER": values["MEDIA_FOLDER"] or instance / "media",
        "MAIL_DEFAULT_SENDER": [*values["ADMINS"], f"no-reply@{address.hostname}"][0],
        # Flask-Mail would derive these two from FLASK_DEBUG and TESTING: the first prints passwords
        # and links to standard error, the second drops every email.
        "MAIL_DEBUG": False,
        "MAIL_SUPPRESS_SEND": False,
        "EMAILS_MUST_BE_VERIFIED": values["MAIL_SERVER"] is not None,
        "TWO_FACTOR_FOR_STAFF": (values["TWO_FACTOR_FOR_STAFF"] or str(int(is_production))) == "1",
        "LOG_LEVEL": values["LOG_LEVEL"] or "INFO",
        # A person at a terminal wants to see what went wrong, not each request.
        "LOG_IS_QUIET_ON_TERMINAL": not is_production and not values["LOG_LEVEL"],
        "LOG_FORMAT": values["LOG_FORMAT"] or ("json" if is_production else "text"),
        "LANGUAGES": LANGUAGES,
        **dict.fromkeys(("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"), 64 * 1024),
        "MAX_FORM_PARTS": 100,
        "SESSION_COOKIE_NAME": "__Host-notice" if address.scheme == "https" else "notice",
        "SESSION_COOKIE_SECURE": address.scheme == "https",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=10),
        "PASSWORD_COST": ARGON2_COST,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "app" / "translations"),
    }
