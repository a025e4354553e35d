"""The language of what has no reader at all."""

from __future__ import annotations

from flask_babel import gettext as _
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.web import locale


def test_outside_requests_it_is_english_and_utc(app):
    assert locale.select_locale() == "en"
    assert str(locale.select_time_zone()) == "UTC"
    assert _("Home") == "Home"


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_any_header_gives_one_of_our_languages(app, accepted):
    with app.test_request_context(headers={"Accept-Language": accepted}):
        assert locale.select_locale() in ("en", "es", "zh")
