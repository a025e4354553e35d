"""Rejects malformed input before anything else reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, unquote_to_bytes

from flask import Flask, Response, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, SecurityError
from werkzeug.routing import BaseConverter, RequestRedirect

from app.database.transactions import SAFE_METHODS
from app.lib.urls import safe_path
from app.web.client_ip import is_local
from app.web.problem_json import problem
from app.web.surfaces import current_surface

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

URL_MAX_BYTES = 4096
HEALTH_VIEWS = {"/healthz": "main.healthz", "/readyz": "main.readyz"}
FORM_TYPE = "application/x-www-form-urlencoded"


class RequestBody:
    """The body of a request, whose reader fails with a 400 for a broken encoding.

    The server decodes chunks while a view reads them, and raises errors of its own in the middle of
    it. A body that has failed has ended, so that an error page can look for a form in it.
    """

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._has_failed = False

    def read(self, size: int = -1) -> bytes:
        return self._guard(self._body.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._guard(self._body.readline, size)

    def readlines(self, _hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _guard(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self._has_failed:
            return b""
        try:
            return read(size)
        except Exception as error:
            # Each server has its own errors; none of them is a fault of ours.
            self._has_failed = True
            raise ClientDisconnected from error


def _with_checked_body(wsgi_app: WSGIApplication) -> WSGIApplication:
    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"] = RequestBody(environ["wsgi.input"])
        return wsgi_app(environ, start_response)

    return call


class IdConverter(BaseConverter):
    """An integer that the database can hold; anything else does not match."""

    regex = r"[0-9]{1,19}"
    num_convert = int

    def to_python(self, value: str) -> int:
        number = int(value)
        # Out of range maps to 0, an id that no row has, so the view returns 404.
        return number if number < 2**63 else 0

    def to_url(self, value: int) -> str:
        return str(value)


def is_text(raw: bytes) -> bool:
    """Whether percent-encoded `raw` is UTF-8 without NUL."""
    plain = unquote_to_bytes(raw)
    if b"\0" in plain:
        return False
    try:
        plain.decode()
    except UnicodeDecodeError:
        return False
    return True


def _bad_request(text: str) -> Response:
    write_error = current_surface().write_error
    return write_error(400, None) if write_error else Response(text, 400, mimetype="text/plain")


def _check_host() -> Response | None:
    if not isinstance(request.routing_exception, SecurityError):
        return None
    # Monitoring on this machine need not know the site's host name.
    if request.path in HEALTH_VIEWS and is_local():
        response: Response = current_app.view_functions[HEALTH_VIEWS[request.path]]()  # type: ignore[assignment]
        return response
    # Pages cannot build links under an unknown host, so the error is plain text.
    return _bad_request("Unknown host name.\n")


def _drop_trailing_slash() -> ResponseReturnValue | None:
    # People add one; API clients should use the exact URL here too.
    path = request.path.rstrip("/")
    is_page = request.method in SAFE_METHODS and current_surface().uses_cookies
    if request.endpoint is not None or path == request.path or not is_page:
        return None
    adapter = current_app.create_url_adapter(request)
    if not safe_path(path) or adapter is None or not adapter.test(path, "GET"):
        return None
    query = request.query_string.decode()
    return redirect(quote(path) + (f"?{query}" if query else ""), 308)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = IdConverter
    app.wsgi_app = _with_checked_body(app.wsgi_app)  # type: ignore[assignment,method-assign]

    app.before_request(_check_host)

    @app.before_request
    def refuse_slash_redirect() -> Response | None:
        # API clients should use the exact URL, not follow a redirect to it.
        is_redirect = isinstance(request.routing_exception, RequestRedirect)
        return problem(404) if is_redirect and not current_surface().uses_cookies else None

    @app.before_request
    def check_text() -> Response | None:
        path = request.environ.get("PATH_INFO", "").encode("latin-1")
        query = request.query_string
        if len(path) + len(query) > URL_MAX_BYTES:
            abort(414)
        cookies = request.headers.get("Cookie", "").encode("latin-1", "replace")
        # Cookies may belong to other applications on this host: check only their raw bytes.
        raw = path.replace(b"%", b"%25"), cookies.replace(b"%", b"%25")
        if not (all(map(is_text, raw)) and is_text(query)):
            # In plain text, since an HTML page repeats its own URL.
            return _bad_request("The URL is not valid text.\n")
        if request.mimetype == FORM_TYPE and not is_text(request.get_data(cache=True)):
            abort(400)
        if request.mimetype == "multipart/form-data":
            values = "".join(text for texts in request.form.listvalues() for text in texts)
            if "\0" in values or "\ufffd" in values:
                abort(400)
        return None

    app.before_request(_drop_trailing_slash)
