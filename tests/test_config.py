"""Settings: typed, refused by name, documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import config

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
        ("PASSWORD_MIN_LENGTH", "4"),
        ("RESET_TOKEN_MINUTES", "1000"),
        ("LOG_LEVEL", "LOUD"),
        ("MS_TRANSLATOR_KEY", "two words"),
        ("MS_TRANSLATOR_REGION", "westus\r\nX-Evil: 1"),
        ("LIBRETRANSLATE_URL", "localhost:5001"),
        ("LIBRETRANSLATE_URL", "file:///etc/passwd"),
        ("LIBRETRANSLATE_URL", "http://localhost:port"),
        ("LIBRETRANSLATE_URL", "http://a:b@localhost"),
        ("LIBRETRANSLATE_URL", "http://localhost/?q=1"),
        ("LIBRETRANSLATE_URL", "http://localhost/a b"),
        ("LIBRETRANSLATE_KEY", "schlüssel"),
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


def test_a_refusal_does_not_show_a_secret(tmp_path: Path) -> None:
    with pytest.raises(config.SettingError) as refusal:
        config.load({"DATABASE_URL": "mysql://ana:hunter2@localhost/x"}, tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_a_laptop_needs_no_setting_and_keeps_its_key(tmp_path: Path) -> None:
    first, second = config.load({}, tmp_path), config.load({}, tmp_path)
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= config.SECRET_KEY_MIN_BYTES
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert first["TRUSTED_HOSTS"] is None
    assert first["SQLALCHEMY_DATABASE_URI"].startswith("sqlite:///")


def test_production_makes_no_key_and_trusts_its_own_hosts(tmp_path: Path) -> None:
    loaded = config.load(PRODUCTION | {"TRUSTED_HOSTS": "www.riverside.example"}, tmp_path)
    assert not (tmp_path / "secret_key").exists()
    assert loaded["TRUSTED_HOSTS"] == ["riverside.example", "www.riverside.example"]
    assert loaded["SESSION_COOKIE_SECURE"]


def test_a_service_may_live_under_a_path(tmp_path: Path) -> None:
    loaded = config.load({"LIBRETRANSLATE_URL": "http://localhost:5001/words/"}, tmp_path)
    assert loaded["LIBRETRANSLATE_URL"] == "http://localhost:5001/words"


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
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.*) \|$", readme, re.MULTILINE)
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
