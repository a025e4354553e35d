"""What `moment()` writes into pages, and the scripts that refresh it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import render_template_string
from flask_babel import force_locale

import config
from app.lib.dates import utcnow
from app.web.times import moment_scripts
from tests.support.pages import check_headers, get_page

STATIC = config.ROOT / "app" / "static"


def written(source: str, at: datetime) -> Element:
    """The one element that the template `source` writes."""
    html = render_template_string(source, at=at)
    (time,) = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return time


def test_a_recent_time_is_right_as_written_and_is_one_to_refresh(app):
    at = utcnow() - timedelta(minutes=5, seconds=10)
    with app.test_request_context():
        time = written("{{ moment(at).fromNow(refresh=true) }}", at)
    assert (time.tag, time.text) == ("time", "5 minutes ago")
    stamp = at.isoformat(timespec="seconds")
    # Without more, the script takes it as one to be refreshed every minute.
    assert time.attrib == {"class": "flask-moment", "datetime": stamp, "title": time.get("title")}
    assert str(at.year) in time.get("title")


def test_a_date_is_left_alone(app):
    with app.test_request_context():
        time = written(
            "{{ moment(at).fromNow(refresh=true) }}", datetime(2020, 3, 1, 12, tzinfo=UTC)
        )
    assert time.text == "Mar 1, 2020"
    assert set(time.attrib) == {"datetime", "title"}


def test_the_other_formats_of_flask_moment_write_the_exact_time(app):
    at = datetime(2020, 3, 1, 12, tzinfo=UTC)
    with app.test_request_context():
        time = written("{{ moment(at).format('LL<L') }}", at)
    assert time.text == time.get("title")
    assert time.text.startswith("March 1, 2020")
    assert (time.get("data-function"), time.get("data-format")) == ("format", "LL<L")


@pytest.mark.parametrize("language", config.LANGUAGES)
def test_a_page_loads_moment_in_its_own_language_alone(app, client, language):
    client.set_cookie("language", language)
    scripts = [script.get("src") for script in get_page(client, "/").all("script")]
    with app.test_request_context(), force_locale(language):
        own = moment_scripts()
    assert [src.split("/", 3)[3] for src in scripts] == [*own, "js/main.js"]
    assert all((STATIC / path).is_file() for path in own[:-1])
    assert len(own) == (2 if language == "en" else 3)
    for src in scripts:
        answer = client.get(src)
        check_headers(answer)
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("language", config.LANGUAGES)
def test_what_a_script_writes_is_what_the_server_writes(app, client, language):
    client.set_cookie("language", language)
    path = get_page(client, "/").all("script")[-2].get("src")
    with app.test_request_context(), force_locale(language):
        words = written("{{ moment(at).fromNow(refresh=true) }}", utcnow()).text
    assert f'"s": "{words}"' in client.get(path).text


def test_the_broken_page_loads_no_script(app):
    with app.test_request_context():
        html = app.jinja_env.get_template("errors/plain.html").render()
    assert "<script" not in html
