"""Static files under URLs that change with their content, cached for a year."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, request, send_file, send_from_directory

from app.lib.stylesheets import join_stylesheets
from app.web.times import generated_scripts
from app.web.view_options import public

YEAR_SECONDS = 31_536_000
STYLESHEET = "css/site.css"


def tree_version(folder: Path, generated: Mapping[str, bytes]) -> str:
    """A short hash over the names and contents of all files in `folder` and all `generated` ones.

    One version for all files, so that scripts may import each other by relative paths.
    """
    paths = (path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    digest = sha256()
    for name, content in sorted({**files, **generated}.items()):
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def init_app(app: Flask) -> None:
    folder = Path(app.root_path) / "static"
    generated = {STYLESHEET: join_stylesheets(folder), **generated_scripts(app)}
    own_version = tree_version(folder, generated)

    # Any version is served: during a rollout, pages of one version request files from processes
    # of the other. Only our own version may be cached, or its URLs would keep the other's files.
    @public
    def static(version: str, filename: str) -> Response:
        is_own = version == own_version
        max_age = YEAR_SECONDS if is_own else 0
        if filename in generated:
            content, name = BytesIO(generated[filename]), Path(filename).name
            response = send_file(content, download_name=name, etag=own_version, max_age=max_age)
        else:
            response = send_from_directory(folder, filename, max_age=max_age)
        response.cache_control.public = is_own
        response.cache_control.immutable = is_own
        return response

    @app.after_request
    def do_not_cache_errors(response: Response) -> Response:
        # The 404 page shows who is signed in.
        if request.endpoint == "static" and "Cache-Control" not in response.headers:
            response.cache_control.no_store = True
        return response

    app.add_url_rule("/static/v-<version>/<path:filename>", "static", static)
    app.jinja_env.globals["asset"] = lambda path: f"/static/v-{own_version}/{path}"
