"""Static files under an address that changes with their content, cached for a year."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

from app.web.view_options import public

YEAR_SECONDS = 31_536_000


def tree_version(folder: Path) -> str:
    """A short hash over the names and contents of all files in `folder`.

    One for all, so that scripts may import each other by relative paths.
    """
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def init_app(app: Flask) -> None:
    folder = Path(app.root_path) / "static"
    own_version = tree_version(folder)

    # Any version is answered: while a new one is rolled out, pages of the one ask processes of the
    # other. Only the own one may be kept, or another's files would stay under its address.
    @public
    def static(version: str, filename: str) -> Response:
        is_own = version == own_version
        response = send_from_directory(folder, filename, max_age=YEAR_SECONDS if is_own else 0)
        response.cache_control.public = is_own
        response.cache_control.immutable = is_own
        return response

    @app.after_request
    def forget_failures(response: Response) -> Response:
        # The page about a missing file shows who is signed in.
        if request.endpoint == "static" and "Cache-Control" not in response.headers:
            response.cache_control.no_store = True
        return response

    app.add_url_rule("/static/v-<version>/<path:filename>", "static", static)
    app.jinja_env.globals["asset"] = lambda path: f"/static/v-{own_version}/{path}"
