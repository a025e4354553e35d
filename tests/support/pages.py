"""Read a page as strictly as a browser, a screen reader and a security auditor would."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import db
from app.models import User
from app.services.accounts import sessions
from app.web.client_ip import client_network
from app.web.headers import FIXED
from app.web.sessions import cookie_name
from app.web.surfaces import JSON_POLICY, PAGE_POLICY
from tests.support.factories import PASSWORD
from tests.support.stamps import after_a_while

STATEMENTS_MAX = 6
# One case shows what is in eight tables, to a few moderators.
STATEMENTS_OF_A_CASE = 9
CASE = re.compile("/moderation/report/[0-9]+", re.ASCII)
BYTES_MAX = 40_000
# The reference of the API has no list of posts, and grows with each operation.
REFERENCE = "/api/docs"
REFERENCE_BYTES_MAX = 100_000
TOKEN = re.compile(r"\b[0-9a-f]{16}\.[0-9a-f]{64}\b")
ANY_TOKEN = "any-token"
BOOKKEEPING = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "COMMIT")
# At most once a second for all visitors together.
BOOKKEEPING += ("SELECT site_version.number",)
# Once after the rules have changed.
BOOKKEEPING += ("SELECT rule.id",)
UNLABELLED_TYPES = {"hidden", "submit", "button"}


@dataclass
class Page:
    """A page that has passed all checks."""

    response: TestResponse
    root: Element
    statements: list[str]

    @property
    def text(self) -> str:
        """What people read in the body, with single spaces."""
        body = self.root.find("body")
        return " ".join("".join(_words(body if body is not None else self.root)).split())

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements by tag and attribute values; `class_` matches one of the classes."""
        return [found for found in self.root.iter(tag) if _matches(found, attributes)]

    def form(self, action: str) -> Element:
        """The form that sends to `action`, by itself or by one of its buttons."""
        return _form_for(self.root, action)

    def fields(self, action: str) -> dict[str, str]:
        """What a browser would send of an untouched form."""
        return dict(_controls(self.form(action)))


def _words(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag not in ("script", "style", "template"):
            yield from _words(child)
        yield " " if child.tag in ("p", "li", "div", "br", "h1", "h2", "a", "button") else ""
        yield child.tail or ""


def _matches(element: Element, attributes: dict[str, str]) -> bool:
    for name, value in attributes.items():
        if name == "class_":
            if value not in (element.get("class") or "").split():
                return False
        elif element.get(name) != value:
            return False
    return True


def _controls(form: Element) -> Iterator[tuple[str, str]]:
    for control in form.iter():
        name = control.get("name")
        if not name:
            continue
        if control.tag == "textarea":
            yield name, (control.text or "").removeprefix("\n")
        elif control.tag == "select":
            options = list(control.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            yield from ((name, option.get("value") or "") for option in chosen)
        elif control.tag == "input" and _is_sent(control):
            yield name, control.get("value") or ""


def _is_sent(control: Element) -> bool:
    kind = control.get("type") or "text"
    if kind in ("checkbox", "radio"):
        return control.get("checked") is not None
    return kind != "submit"


def parse(html: str) -> Element:
    """The page `html`, which has to be without an error.

    Two in five pages of a run differ in their tokens alone, and are parsed once.
    """
    tokens = iter(TOKEN.findall(html))
    root = deepcopy(_parse(TOKEN.sub(ANY_TOKEN, html)))
    for element in root.iter():
        for name, value in element.attrib.items():
            if ANY_TOKEN in value:
                element.set(name, value.replace(ANY_TOKEN, next(tokens)))
    assert next(tokens, None) is None, "a token outside an attribute"
    return root


@lru_cache(maxsize=300)
def _parse(html: str) -> Element:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(html)
    return root


def read_fields(html: str, action: str) -> dict[str, str]:
    """What a browser would send of the untouched form for `action` on the page `html`."""
    return dict(_controls(_form_for(parse(html), action)))


def _form_for(root: Element, action: str) -> Element:
    forms = list(root.iter("form"))
    found = [form for form in forms if form.get("action") == action]
    # A list's buttons share one form beside it: each has an address of its own.
    owners = {b.get("form") for b in root.iter("button") if b.get("formaction") == action}
    found += [form for form in forms if form.get("id") in owners - {None}]
    assert found, f"no form for {action} in {[form.get('action') for form in forms]}"
    return found[0]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Collects the SQL that runs meanwhile, without the bookkeeping of transactions."""
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(BOOKKEEPING):
            statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def get_page(
    client: FlaskClient,
    url: str,
    status: int = 200,
    statements: int | None = None,
    **kwargs: Any,
) -> Page:
    """GET `url` and check everything that holds for every page of ours."""
    with counted_statements() as ran:
        response = client.get(url, **kwargs)
    assert response.status_code == status, (url, response.status, response.location)
    return check_answer(response, ran, statements)


def check_answer(response: TestResponse, ran: list[str], statements: int | None = None) -> Page:
    """Check the page that a GET has brought, and the statements that it took."""
    page, url = check_page(response, ran), response.request.path
    if statements is None:
        statements = STATEMENTS_OF_A_CASE if CASE.fullmatch(url) else STATEMENTS_MAX
    assert len(ran) <= statements, f"{len(ran)} statements on {url}:\n" + "\n".join(ran)
    writes = [sql for sql in ran if not sql.startswith(("SELECT", "WITH"))]
    assert not writes, f"GET {url} writes: {writes}"
    return page


def check_page(response: TestResponse, statements: list[str] | None = None) -> Page:
    """Fail on what no answer of ours may have, whatever its status."""
    check_headers(response)
    assert response.mimetype == "text/html"
    limit = REFERENCE_BYTES_MAX if response.request.path == REFERENCE else BYTES_MAX
    assert len(response.data) <= limit, f"{len(response.data)} bytes"
    root = parse(response.get_data(as_text=True))
    assert root.get("lang") in ("en", "es", "zh"), "the page does not say its language"
    assert len(list(root.iter("h1"))) == 1, "a page has one h1"
    _check_ids(root)
    _check_labels(root)
    _check_forms(root)
    _check_focus(root)
    _check_headings(root)
    _check_names(root)
    _check_inline(root)
    _check_navigation(root)
    if response.status_code == 200:
        _check_description(root, response.request.path)
    return Page(response, root, statements or [])


def check_headers(response: TestResponse) -> None:
    for name, value in FIXED.items():
        assert response.headers.getlist(name) == [value], name
    policy = response.headers.getlist("Content-Security-Policy")
    is_https = "Strict-Transport-Security" in response.headers
    path = response.request.path
    is_page = path == "/api/docs" and response.mimetype.startswith("text/")
    is_api = (path == "/api" or path.startswith("/api/")) and not is_page
    own = JSON_POLICY if is_api else PAGE_POLICY
    assert policy == [own + ("; upgrade-insecure-requests" if is_https else "")], policy
    assert response.headers["Referrer-Policy"]
    assert response.headers["Cache-Control"], "every answer says whether it may be kept"
    assert "X-Powered-By" not in response.headers


def _check_ids(root: Element) -> None:
    ids = Counter(element.get("id") for element in root.iter() if element.get("id"))
    repeated = [name for name, times in ids.items() if times > 1]
    assert not repeated, f"repeated ids: {repeated}"
    for element in root.iter():
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            for name in (element.get(attribute) or "").split():
                assert name in ids, f"{attribute} names {name}, which is not on the page"


def _check_labels(root: Element) -> None:
    labelled = {label.get("for") for label in root.iter("label")}
    wrapped = {id(control) for label in root.iter("label") for control in label.iter()}
    for control in root.iter():
        if control.tag not in ("input", "textarea", "select"):
            continue
        if control.tag == "input" and control.get("type") in UNLABELLED_TYPES:
            continue
        has_label = control.get("id") in labelled or id(control) in wrapped
        assert has_label or control.get("aria-label"), f"unlabelled {control.attrib}"
    for picture in root.iter("img"):
        assert picture.get("alt") is not None, f"no alt: {picture.attrib}"
    for button in root.iter("button"):
        name = "".join(_words(button)).strip() or button.get("aria-label")
        # One that only the Enter key presses is hidden from whoever would read its name.
        is_hidden = button.get("aria-hidden") == "true" and button.get("tabindex") == "-1"
        assert name or is_hidden, f"nameless button {button.attrib}"


def _check_focus(root: Element) -> None:
    focused = [element.attrib for element in root.iter() if "autofocus" in element.attrib]
    assert len(focused) <= 1, f"several fields want the focus: {focused}"


def _check_headings(root: Element) -> None:
    for part in root.iter():
        if part.tag not in ("article", "section") or part.get("aria-label"):
            continue
        found = any(element.tag in ("h1", "h2", "h3") for element in _own_elements(part))
        assert found, f"{part.tag} without a heading of its own: {part.attrib}"


def _own_elements(part: Element) -> Iterator[Element]:
    """What is inside `part`, but not inside another article or section in it."""
    for child in part:
        yield child
        if child.tag not in ("article", "section"):
            yield from _own_elements(child)


def _check_names(root: Element) -> None:
    """Whoever speaks to a device says what they read, so a name contains what is visible."""
    for element in root.iter():
        name = element.get("aria-label")
        if name and element.tag in ("a", "button", "summary"):
            visible = " ".join("".join(_words(element)).split())
            assert visible.lower() in name.lower(), f"{visible!r} is named {name!r}"


def _check_forms(root: Element) -> None:
    for form in root.iter("form"):
        assert form.get("action"), f"a form without action: {form.attrib}"
        if (form.get("method") or "get").lower() != "post" or form.get("action") == "/language":
            continue
        tokens = [c for c in form.iter("input") if c.get("name") == "csrf_token"]
        assert tokens and tokens[0].get("value"), f"no token in the form for {form.get('action')}"


def _check_navigation(root: Element) -> None:
    for nav in root.iter("nav"):
        targets = Counter(link.get("href") for link in nav.iter("a"))
        repeated = [target for target, times in targets.items() if times > 1]
        assert not repeated, f"{nav.attrib} leads twice to {repeated}"


def _check_description(root: Element, path: str) -> None:
    """What search engines may list for visitors says in a sentence what it is."""
    if any(form.get("action") == "/auth/logout" for form in root.iter("form")):
        return
    named = {meta.get("name"): meta.get("content") for meta in root.iter("meta")}
    if "noindex" not in (named.get("robots") or ""):
        assert (named.get("description") or "").strip(), f"{path} without a description"


def _check_inline(root: Element) -> None:
    for element in root.iter():
        assert element.get("style") is None, f"inline style on {element.tag}"
        handlers = [name for name in element.attrib if str(name).startswith("on")]
        assert not handlers, f"inline handler {handlers}"
        for attribute in ("href", "src", "action"):
            assert not (element.get(attribute) or "").strip().lower().startswith("javascript:")
        if element.tag == "script":
            assert element.get("src") and not (element.text or "").strip(), "inline script"
        assert element.tag != "style", "inline style sheet"


def send(client: FlaskClient, url: str, action: str | None = None, **values: Any) -> TestResponse:
    """Fill in the form of the page `url` that sends to `action` (default: `url`) and send it."""
    path = url.split("?", maxsplit=1)[0]
    page = get_page(client, url)
    fields = patient(client, page.fields(action or path))
    fields |= {k: v for k, v in values.items() if v is not None}
    return client.post(action or path, data=fields)


def patient(client: FlaskClient, fields: dict[str, str]) -> dict[str, str]:
    """`fields` of a form that `client` was shown a while ago."""
    app = client.application
    name = "__Host-session" if app.config["IS_HTTPS"] else "session"
    cookie = client.get_cookie(name, domain=host_of(app))
    return after_a_while(fields, app.config["SECRET_KEY"], cookie.value if cookie else "")


def host_of(app: Flask) -> str:
    return urlsplit(app.config["BASE_URL"]).hostname or "localhost"


def visitor(app: Flask) -> FlaskClient:
    """Whoever comes more than a second after the last one, so with the site's settings of now."""
    app.extensions["site_settings_checked_at"] = float("-inf")
    return app.test_client()


def log_in(client: FlaskClient, person: User) -> None:
    """Give `client` a session of `person`, for tests that are about something else.

    Filling in the form each time would take longer than the rest of many a test.
    """
    app = client.application
    agent, address = f"Werkzeug/{version('werkzeug')}", {"REMOTE_ADDR": "127.0.0.1"}
    with app.test_request_context(environ_base=address):
        name, network = cookie_name(), client_network()
    _session, token = sessions.start(person, user_agent=agent, network=network)
    db.session.commit()
    client.set_cookie(name, token, domain=host_of(app), secure=app.config["IS_HTTPS"])


def log_in_by_form(
    client: FlaskClient, person: User, password: str = PASSWORD, **values: Any
) -> TestResponse:
    """Sign `person` in through the form, page and all."""
    name = person.username
    response = send(client, "/auth/login", username=name, password=password, **values)
    assert response.status_code == 302, response.get_data(as_text=True)
    return response
