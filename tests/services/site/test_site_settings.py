"""Settings that change while the site runs: which, to what, and who hears of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app import db
from app.models import AuditEntry, SiteSetting
from app.services.errors import FixedSettingError, SettingValueError, UnknownSettingError
from app.services.site import site_settings
from app.services.site.audit import COMMAND_LINE


def value_of(name: str) -> site_settings.Shown:
    return next(one for one in site_settings.shown() if one.name == name)


def test_a_changed_setting_is_in_force_once_it_is_read_again(app: Flask) -> None:
    assert site_settings.change(
        {"SITE_NAME": "Riverside", "SITE_DESCRIPTION": ""}, COMMAND_LINE
    ) == ["SITE_NAME"]
    db.session.commit()
    assert app.config["SITE_NAME"] == "Microblog"
    site_settings.refresh(None)
    assert app.config["SITE_NAME"] == "Microblog"
    site_settings.refresh_now()
    assert app.config["SITE_NAME"] == "Riverside"
    assert value_of("SITE_NAME").source == "site"


def test_nothing_new_tells_nobody(app: Flask) -> None:
    assert site_settings.change({"SITE_NAME": "Microblog"}, COMMAND_LINE) == []
    assert site_settings.version() == 0


def test_an_unset_setting_has_its_default_again(app: Flask) -> None:
    site_settings.change({"REGISTRATION": "closed"}, COMMAND_LINE)
    site_settings.refresh_now()
    assert app.config["REGISTRATION"] == "closed"
    site_settings.unset("REGISTRATION", COMMAND_LINE)
    site_settings.refresh_now()
    assert app.config["REGISTRATION"] == "open"
    assert value_of("REGISTRATION") == site_settings.Shown("REGISTRATION", "open", "default")


def test_an_empty_text_means_the_default_as_in_the_environment(app: Flask) -> None:
    site_settings.change({"SITE_NAME": "Riverside"}, COMMAND_LINE)
    site_settings.change({"SITE_NAME": "  "}, COMMAND_LINE)
    site_settings.refresh_now()
    assert app.config["SITE_NAME"] == "Microblog"


def test_the_environment_decides_first(app: Flask) -> None:
    site_settings.change({"SITE_NAME": "Riverside"}, COMMAND_LINE)
    app.config.update(SITE_NAME="Hillside", SET_BY_ENVIRONMENT=frozenset({"SITE_NAME"}))
    site_settings.refresh_now()
    assert app.config["SITE_NAME"] == "Hillside"
    assert value_of("SITE_NAME") == site_settings.Shown("SITE_NAME", "Hillside", "environment")
    with pytest.raises(FixedSettingError):
        site_settings.change({"SITE_NAME": "Valley"}, COMMAND_LINE)
    with pytest.raises(FixedSettingError):
        site_settings.unset("SITE_NAME", COMMAND_LINE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("REGISTRATION", "maybe"), ("SITE_NAME", "x" * 61), ("REGISTRATION", "OPEN")),
        *(("POST_MAX_LENGTH", "0"), ("POST_MAX_LENGTH", "10001"), ("POSTS_PER_PAGE", "x")),
        *(("DEFAULT_LANGUAGE", "fr"), ("ACCENT_COLOR", "red"), ("ACCENT_COLOR", "#ffd400")),
    ],
)
def test_a_value_that_it_cannot_have_is_refused(app: Flask, name: str, text: str) -> None:
    with pytest.raises(SettingValueError, match=name):
        site_settings.change({name: text}, COMMAND_LINE)
    assert site_settings.version() == 0


def test_only_what_is_listed_can_be_changed_and_no_secret_is() -> None:
    assert not config.SECRET_SETTINGS & site_settings.SETTINGS.keys()
    assert site_settings.SETTINGS.keys() == site_settings.LENGTHS.keys()


@pytest.mark.parametrize("name", ["SECRET_KEY", "site_name", "PORT", ""])
def test_no_other_setting_can_be_changed(app: Flask, name: str) -> None:
    with pytest.raises(UnknownSettingError):
        site_settings.change({name: "x"}, COMMAND_LINE)
    with pytest.raises(UnknownSettingError):
        site_settings.unset(name, COMMAND_LINE)


def test_a_stored_value_of_another_version_of_the_program_changes_nothing(app: Flask) -> None:
    app.config["REGISTRATION"] = "closed"
    db.session.add(SiteSetting(name="REGISTRATION", value="by vote"))
    site_settings.change({"SITE_NAME": "Riverside"}, COMMAND_LINE)
    site_settings.refresh_now()
    assert (app.config["REGISTRATION"], app.config["SITE_NAME"]) == ("closed", "Riverside")


def test_a_name_is_one_line(app: Flask) -> None:
    site_settings.change({"SITE_NAME": "River\r\nside"}, COMMAND_LINE)
    assert value_of("SITE_NAME").value == "River side"


def test_each_change_is_recorded(app: Flask) -> None:
    site_settings.change({"SITE_NAME": "Riverside", "REGISTRATION": "open"}, COMMAND_LINE)
    (entry,) = db.session.scalars(sa.select(AuditEntry))
    assert (entry.action, entry.target) == ("change_setting", "SITE_NAME")


def test_the_log_keeps_what_is_no_text(app: Flask) -> None:
    texts = {"POST_MAX_LENGTH": "500", "ACCENT_COLOR": "#8a1c7c", "SITE_CONTACT": "sam@example.org"}
    site_settings.change(texts, COMMAND_LINE)
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    assert [entry.target for entry in entries] == [
        *("POST_MAX_LENGTH=500", "ACCENT_COLOR=#8a1c7c", "SITE_CONTACT"),
    ]
