"""Static files: an address that changes with the content, kept for a year, no database."""

from __future__ import annotations

import gzip
import re

import pytest

from app.web.assets import tree_version
from tests.support.pages import check_headers, counted_statements, get_page, log_in


def test_every_file_a_page_names_is_there_and_kept_for_a_year(client, ana):
    log_in(client, ana)
    page = get_page(client, "/index")
    # The manifest has one address for ever, since phones keep it.
    found = {link.get("href") for link in page.all("link") if link.get("rel") != "manifest"}
    found |= {script.get("src") for script in page.all("script")}
    found |= {
        use.get("href").partition("#")[0] for use in page.all("{http://www.w3.org/2000/svg}use")
    }
    assert len(found) > 5
    for address in found:
        with counted_statements() as ran:
            response = client.get(address)
        assert response.status_code == 200, address
        assert not ran
        check_headers(response)
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers
        tag = response.headers["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "name", ["css/site.css", "js/attach.js", "img/icons.svg", "js/flask-moment-en.js"]
)
def test_texts_are_compressed_for_whoever_reads_that(client, name):
    address = get_page(client, "/auth/login").all("link", rel="stylesheet")[0].get("href")
    address = address.replace("css/site.css", name)
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "br;q=1.0, gzip;q=0.8, *;q=0.1"})
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < 0.6 * len(plain.data)
    assert "Content-Encoding" not in plain.headers
    assert packed.mimetype == plain.mimetype
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]
        assert "immutable" in response.headers["Cache-Control"]
        check_headers(response)
    refused = client.get(address, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert refused.data == plain.data
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(address, headers=again).status_code == 304


def test_pictures_are_not_compressed_again(client):
    address = get_page(client, "/auth/login").all("link", rel="apple-touch-icon")[0].get("href")
    response = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.mimetype == "image/png"
    assert "Content-Encoding" not in response.headers


def test_scripts_import_only_files_that_are_there(client, app):
    page = get_page(client, "/auth/login")
    base = page.all("script", type="module")[0].get("src").removesuffix("main.js")
    source = client.get(f"{base}main.js").get_data(as_text=True)
    names = re.findall(r'"\./([\w/-]+\.js)"', source)
    for name in names:
        assert client.get(base + name).status_code == 200, name
        assert client.get(base + name).mimetype == "text/javascript"


def test_another_version_is_answered_but_not_kept(client):
    response = client.get("/static/v-000000000000/css/base/tokens.css")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache, max-age=0"


NOWHERE = [
    "css",
    "css/",
    "nothing.css",
    "../__init__.py",
    "..%2f__init__.py",
    "%2e%2e/__init__.py",
    "css/../../__init__.py",
    "/etc/passwd",
    "%00",
    "a" * 300,
    "css\\base.css",
    ".hidden",
]


@pytest.mark.parametrize("name", NOWHERE)
def test_nothing_but_the_files_is_served(client, name):
    response = client.get(f"/static/v-0/{name}")
    assert response.status_code in (308, 400, 404)
    assert response.headers["Cache-Control"] == "no-store"
    assert b"create_app" not in response.data


def test_the_version_follows_names_and_contents(tmp_path):
    (tmp_path / "a.css").write_text("a")
    first = tree_version(tmp_path, {})
    assert first == tree_version(tmp_path, {})
    (tmp_path / "a.css").write_text("b")
    second = tree_version(tmp_path, {})
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    third = tree_version(tmp_path, {})
    fourth = tree_version(tmp_path, {"js/generated.js": b"1"})
    assert (
        len({first, second, third, fourth, tree_version(tmp_path, {"js/generated.js": b"2"})}) == 5
    )
