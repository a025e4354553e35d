"""Settings: typed, refused by name, documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import config
from app import create_app

KEY = "k" * 40
PRODUCTION = {"BASE_URL": "https://riverside.example", "SECRET_KEY": KEY}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "http"),
        ("PORT", "８０"),
        ("POST_MAX_LENGTH", "-1"),
        ("REGISTRATION", "maybe"),
        ("PUBLIC_READING", "sometimes"),
        ("BASE_URL", "riverside.example"),
        ("BASE_URL", "https://riverside.example/blog"),
        ("BASE_URL", "https://riverside.example:port"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://localhost:port"),
        ("REDIS_URL", "redis://localhost/jobs"),
        ("REDIS_URL", "http://localhost:6379"),
        ("PASSWORD_MIN_LENGTH", "4"),
        ("RESET_TOKEN_MINUTES", "1000"),
        ("MX_LOOKUP", "dns.example"),
        ("MX_LOOKUP", "300.0.0.1"),
        ("MX_LOOKUP", "127.0.0.1:domain"),
        ("MX_LOOKUP", "10.0.0.0/8"),
        ("MX_LOOKUP", ":53"),
        ("MX_LOOKUP", "system:53"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_PORT", "70000"),
        ("HEALTH_NETWORKS", "10.0.0.0/8, everybody"),
        ("HEALTH_NETWORKS", "10.0.0.1/8"),
        ("MS_TRANSLATOR_KEY", "two words"),
        ("MS_TRANSLATOR_REGION", "westus\r\nX-Evil: 1"),
        ("LIBRETRANSLATE_URL", "localhost:5001"),
        ("LIBRETRANSLATE_URL", "file:///etc/passwd"),
        ("LIBRETRANSLATE_URL", "http://localhost:port"),
        ("LIBRETRANSLATE_URL", "http://a:b@localhost"),
        ("LIBRETRANSLATE_URL", "http://localhost/?q=1"),
        ("LIBRETRANSLATE_URL", "http://localhost/a b"),
        ("LIBRETRANSLATE_KEY", "schlüssel"),
        ("ELASTICSEARCH_URL", "localhost:9200"),
        ("ELASTICSEARCH_URL", "http://ana:hunter 2@localhost:9200"),
        ("ELASTICSEARCH_URL", "http://localhost:9200/?q=1"),
        ("MEDIA_FOLDER", "pictures"),
        ("MEDIA_S3_URL", "https://s3.example.org"),
        ("MEDIA_S3_URL", "https://s3.example.org/club/pictures"),
        ("MEDIA_S3_URL", "https://s3.example.org/Club"),
        ("MEDIA_S3_URL", "https://id:secret@s3.example.org/club"),
        ("MEDIA_S3_SECRET", "two words"),
        ("ELASTICSEARCH_PREFIX", "Club"),
        ("ELASTICSEARCH_PREFIX", "-club"),
        ("ELASTICSEARCH_PREFIX", "a,b*"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(config.SettingError, match=f"^{name}: ") as refusal:
        config.load({name: value}, tmp_path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY: needed"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY: too short"),
        ({"BASE_URL": "http://riverside.example"}, "BASE_URL: must start with https"),
    ],
)
def test_production_refuses_what_is_not_safe(
    settings: dict[str, str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(config.SettingError, match=reason):
        config.load(PRODUCTION | settings, tmp_path)


@pytest.mark.parametrize("missing", ["MEDIA_S3_KEY_ID", "MEDIA_S3_SECRET"])
def test_a_bucket_needs_a_key(missing: str, tmp_path: Path) -> None:
    settings = {
        "MEDIA_S3_URL": "https://s3.example.org/club/",
        "MEDIA_S3_KEY_ID": "id",
        "MEDIA_S3_SECRET": "hunter2",
    }
    assert config.load(settings, tmp_path)["MEDIA_S3_URL"] == "https://s3.example.org/club"
    del settings[missing]
    with pytest.raises(config.SettingError, match="MEDIA_S3_URL: needs") as refusal:
        config.load(settings, tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    wrong = PRODUCTION | {"PORT": "http", "SECRET_KEY": "short", "FLASK_DEBUG": "1"}
    with pytest.raises(config.SettingError) as refusal:
        config.load(wrong | {"MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1"}, tmp_path)
    names = [problem.partition(":")[0] for problem in refusal.value.problems]
    assert names == ["PORT", "FLASK_DEBUG", "MAIL_USE_SSL", "SECRET_KEY"]
    assert str(refusal.value) == refusal.value.problems[0]


@pytest.mark.parametrize(
    ("settings", "is_needed"),
    [
        ({}, False),
        (PRODUCTION, True),
        ({"TWO_FACTOR_FOR_STAFF": "1"}, True),
        (PRODUCTION | {"TWO_FACTOR_FOR_STAFF": "0"}, False),
    ],
)
def test_staff_of_a_live_site_need_a_second_factor(
    settings: dict[str, str], is_needed: bool, tmp_path: Path
) -> None:
    assert config.load(settings, tmp_path)["TWO_FACTOR_FOR_STAFF"] is is_needed


@pytest.mark.parametrize(
    ("settings", "form"),
    [({}, "text"), (PRODUCTION, "json"), (PRODUCTION | {"LOG_FORMAT": "text"}, "text")],
)
def test_a_live_site_logs_for_programs(settings: dict[str, str], form: str, tmp_path: Path) -> None:
    assert config.load(settings, tmp_path)["LOG_FORMAT"] == form


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://ana:hunter2@localhost/x"),
        ("REDIS_URL", "mysql://ana:hunter2@localhost/x"),
        ("ELASTICSEARCH_URL", "ftp://ana:hunter2@localhost:9200"),
    ],
)
def test_a_refusal_does_not_show_a_secret(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(config.SettingError) as refusal:
        config.load({name: value}, tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_a_laptop_needs_no_setting_and_keeps_its_key(tmp_path: Path) -> None:
    first, second = config.load({}, tmp_path), config.load({}, tmp_path)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= config.SECRET_KEY_MIN_BYTES
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert first["TRUSTED_HOSTS"] is None
    assert first["SQLALCHEMY_DATABASE_URI"].startswith("sqlite:///")


@pytest.mark.parametrize("settings", [{}, {"SECRET_KEY": "k" * 32}])
def test_other_users_of_the_machine_do_not_get_at_the_database(settings, tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    create_app(settings, folder)
    assert folder.stat().st_mode & 0o077 == 0


def test_production_makes_no_key_and_trusts_its_own_hosts(tmp_path: Path) -> None:
    loaded = config.load(PRODUCTION | {"TRUSTED_HOSTS": "www.riverside.example"}, tmp_path)
    assert not (tmp_path / "secret_key").exists()
    assert loaded["TRUSTED_HOSTS"] == ["riverside.example", "www.riverside.example"]
    assert loaded["SESSION_COOKIE_SECURE"]


def test_a_service_may_live_under_a_path(tmp_path: Path) -> None:
    loaded = config.load({"LIBRETRANSLATE_URL": "http://localhost:5001/words/"}, tmp_path)
    assert loaded["LIBRETRANSLATE_URL"] == "http://localhost:5001/words"


@pytest.mark.parametrize(
    "address", ["http://localhost:9200", "https://ana:hunter2@search.example/es"]
)
def test_a_server_may_ask_for_a_name_and_a_password(address: str, tmp_path: Path) -> None:
    loaded = config.load({"ELASTICSEARCH_URL": f"{address}/"}, tmp_path)
    assert loaded["ELASTICSEARCH_URL"] == address


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg(scheme: str, tmp_path: Path) -> None:
    loaded = config.load({"DATABASE_URL": f"{scheme}://localhost/x"}, tmp_path)
    assert loaded["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://localhost/x"


def test_the_environment_wins_over_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "riverside.env"
    file.write_text("SITE_NAME=Riverside\nPOSTS_PER_PAGE=10\n")
    loaded = config.load({"MICROBLOG_SETTINGS": str(file), "POSTS_PER_PAGE": "12"}, tmp_path)
    assert (loaded["SITE_NAME"], loaded["POSTS_PER_PAGE"]) == ("Riverside", 12)


def test_a_settings_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(config.SettingError, match="MICROBLOG_SETTINGS"):
        config.load({"MICROBLOG_SETTINGS": str(tmp_path / "none")}, tmp_path)


def test_the_readme_lists_every_setting() -> None:
    readme = (config.ROOT / "README.md").read_text()
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\| (.*) \|$", readme, re.MULTILINE)
    told = {name: (default, help_text) for name, default, help_text in rows}
    assert told == {s.name: (s.default, s.help) for s in config.SETTINGS}


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert config.load({"SECRET_KEY_FILE": str(file)}, tmp_path)["SECRET_KEY"] == KEY


def test_a_secret_stands_in_one_place_that_can_be_read(tmp_path: Path) -> None:
    for settings, reason in (
        ({"SECRET_KEY_FILE": str(tmp_path / "none")}, "SECRET_KEY_FILE: the file .* cannot be"),
        ({"SECRET_KEY_FILE": str(tmp_path), "SECRET_KEY": KEY}, "SECRET_KEY: set it or"),
    ):
        with pytest.raises(config.SettingError, match=reason):
            config.load(settings, tmp_path)


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("https://müller.example", "https://xn--mller-kva.example"),
        ("https://STRAßE.example:8443/", "https://xn--strae-oqa.example:8443"),
        ("https://图书馆.example", "https://xn--1jq52s681d.example"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_a_host_beyond_ascii_is_written_as_in_headers(
    raw: str, address: str, tmp_path: Path
) -> None:
    loaded = config.load(
        {**PRODUCTION, "BASE_URL": raw, "TRUSTED_HOSTS": "bücher.example"}, tmp_path
    )
    assert loaded["BASE_URL"] == address
    assert loaded["TRUSTED_HOSTS"][1] == "xn--bcher-kva.example"
    assert loaded["MAIL_DEFAULT_SENDER"].isascii()


def test_a_host_that_no_name_server_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(config.SettingError, match="a host name such as"):
        config.load({**PRODUCTION, "BASE_URL": "https://-é.example"}, tmp_path)
