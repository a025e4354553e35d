"""What templates can call: addresses and sentences are remembered, and right all the same."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import force_locale
from jinja2 import meta
from werkzeug.routing import BuildError

import config
from app.web.templates import url_for
from tests.support.pages import get_page

TEMPLATES = config.ROOT / "app" / "templates"
IMPORT = re.compile(r'{%-? (?:from|import) "([^"]+)"')


def test_equal_values_of_different_types_have_different_addresses(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("main.explore", page=1) == "/explore?page=1"
        assert url_for("main.explore", page=True) == "/explore?page=True"
        assert url_for("main.explore", page="1") == "/explore?page=1"
        assert url_for("main.explore", before=1) == "/explore?before=1"
        assert url_for("main.explore", page=None) == "/explore"
        assert url_for("main.explore", _anchor="x") == "/explore#x"
        with pytest.raises(BuildError):
            url_for("main.no_such_page")


def test_an_address_is_for_the_place_where_the_site_is_mounted(
    app: Flask, client: FlaskClient
) -> None:
    with app.test_request_context():
        assert url_for("main.explore") == "/explore"
    with app.test_request_context(environ_overrides={"SCRIPT_NAME": "/club"}):
        assert url_for("main.explore") == "/club/explore"
    with app.test_request_context():
        assert url_for("main.explore") == "/explore"
        assert url_for("main.explore", _external=True).startswith("http")


def test_a_sentence_is_in_the_language_of_its_page(client: FlaskClient) -> None:
    for _ in range(2):
        for language, word in (("en", "Sign in"), ("es", "sesión"), ("zh", "登录")):
            page = get_page(client, "/auth/login", headers={"Accept-Language": language})
            assert word in page.all("h1")[0].text


def test_values_in_a_sentence_are_escaped_on_pages_and_plain_in_texts(app: Flask) -> None:
    source = "{{ _('Post by %(name)s', name=name) }}"
    with app.test_request_context(), force_locale("en"):
        assert render_template_string(source, name="<b>") == "Post by &lt;b&gt;"
        plain = "{% autoescape false %}" + source + "{% endautoescape %}"
        assert render_template_string(plain, name="<b>") == "Post by <b>"


def test_macros_use_only_what_they_are_given_and_what_every_template_can_call(app: Flask) -> None:
    """A file of macros is evaluated once, without the variables of the page that imports it."""
    env = app.jinja_env
    sources = [path.read_text() for path in TEMPLATES.rglob("*") if path.is_file()]
    imported = {name for source in sources for name in IMPORT.findall(source)}
    assert len(imported) > 30
    for name in sorted(imported):
        tree = env.parse((TEMPLATES / name).read_text())
        # What a macro sets in one branch only counts as undeclared.
        set_blocks = set(re.findall(r"{%-? set (\w+)", (TEMPLATES / name).read_text()))
        unknown = meta.find_undeclared_variables(tree) - set(env.globals) - set_blocks
        assert not unknown, (name, unknown)
    assert not [source for source in sources if "with context" in source]
