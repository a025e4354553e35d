"""Static files under URLs that change with their content, compressed, cached for a year."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from flask import Flask, Response, request, send_file, send_from_directory

from app.lib.stylesheets import join_stylesheets
from app.web.times import generated_scripts
from app.web.view_options import public

YEAR_SECONDS = 31_536_000
STYLESHEET = "css/site.css"
# The other files are compressed already.
COMPRESSED = (".css", ".js", ".svg")


def tree_version(folder: Path, generated: Mapping[str, bytes]) -> str:
    """A short hash over the names and contents of all files in `folder` and all `generated` ones.

    One version for all files, so that scripts may import each other by relative paths.
    """
    files = {name: path.read_bytes() for name, path in _files_in(folder).items()}
    digest = sha256()
    for name, content in sorted({**files, **generated}.items()):
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _files_in(folder: Path) -> dict[str, Path]:
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def init_app(app: Flask) -> None:
    folder = Path(app.root_path) / "static"
    generated = {STYLESHEET: join_stylesheets(folder), **generated_scripts(app)}
    own_version = tree_version(folder, generated)
    files = _files_in(folder)

    # Once for each file, when the first browser asks for it.
    @cache
    def compressed(name: str) -> bytes:
        content = generated[name] if name in generated else files[name].read_bytes()
        return gzip.compress(content, mtime=0)

    # Any version is served: during a rollout, pages of one version request files from processes
    # of the other. Only our own version may be cached, or its URLs would keep the other's files.
    @public
    def static(version: str, filename: str) -> Response:
        is_own = version == own_version
        max_age = YEAR_SECONDS if is_own else 0
        name, is_text = Path(filename).name, filename.endswith(COMPRESSED)
        is_ours = filename in generated or filename in files
        if is_text and is_ours and request.accept_encodings["gzip"]:
            content = BytesIO(compressed(filename))
            etag = f"{own_version}-gzip"
            response = send_file(content, download_name=name, etag=etag, max_age=max_age)
            response.content_encoding = "gzip"
        elif filename in generated:
            content = BytesIO(generated[filename])
            response = send_file(content, download_name=name, etag=own_version, max_age=max_age)
        else:
            response = send_from_directory(folder, filename, max_age=max_age)
        if is_text:
            response.vary.add("Accept-Encoding")
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
