"""The page about the API for people."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.blueprint import operation
from app.api.openapi import document, path_of
from app.models import User
from tests.support.factories import PASSWORD, make_follow, make_message, make_post, make_token
from tests.support.pages import Page, get_page, log_in
from tests.support.roles import give_role

OPERATIONS = [(f"/api{path_of(one)}", one.method.lower()) for one in operation]


@pytest.fixture
def scene(app: Flask, ana: User, ben: User) -> User:
    """Something at most addresses that end in 1."""
    make_post(ana)
    make_token(ben)
    make_follow(ben, ana)
    make_message(ben, ana)
    return ana


def test_the_page_for_people_has_every_operation(client: FlaskClient, ana: User) -> None:
    text = get_page(client, "/api/docs").text
    for one in operation:
        assert f"{one.method.upper()} /api{path_of(one)}" in text
    log_in(client, ana)
    page = get_page(client, "/api/docs")
    assert page.all("a", href="/settings/tokens")


def curl_commands(page: Page) -> list[list[str]]:
    """The words of each command on the page, as a shell reads them."""
    blocks = ["".join(block.itertext()) for block in page.all("pre")]
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("curl ")]


def test_every_command_on_the_page_can_be_copied(
    app: Flask, client: FlaskClient, scene: User, ben: User
) -> None:
    log_in(client, ben)
    commands = curl_commands(get_page(client, "/api/docs"))
    assert len(commands) == len(OPERATIONS) + 2
    assert commands[0][:5] == ["curl", "-X", "POST", "-u", "ben"]
    give_role(scene, "administrator")
    token = make_token(scene, "admin").secret
    for _curl, *words, url in commands:
        path = url.removeprefix(app.config["BASE_URL"])
        assert path.startswith("/api/")
        options = dict(zip(words[::2], words[1::2], strict=True))
        headers = {"Authorization": f"Bearer {token}"}
        if "-u" in options:
            pair = b64encode(f"{options['-u']}:{PASSWORD}".encode()).decode()
            headers = {"Authorization": f"Basic {pair}"}
        if "--json" in options:
            assert isinstance(json.loads(options["--json"]), dict)
        if "-X" not in options:
            # Whether there is a row with the id 1 depends on the tests before.
            expected = {200, 404} if "/1" in path else {200}
            assert client.get(path, headers=headers).status_code in expected, path
        elif "-u" in options:
            assert client.post(path, headers=headers).status_code == 200


def test_the_page_begins_with_how_to_get_a_token(app: Flask, client: FlaskClient) -> None:
    [section] = get_page(client, "/api/docs").all("section", **{"aria-labelledby": "start"})
    assert section.find(".//a[@href='/settings/tokens']") is not None
    assert "-u ana http://localhost" in "".join(section.itertext())
    app.config["API_PASSWORD_TOKENS"] = False
    [section] = get_page(client, "/api/docs").all("section", **{"aria-labelledby": "start"})
    assert "-u ana" not in "".join(section.itertext())


def test_the_contents_lead_to_every_group_and_operation(client: FlaskClient) -> None:
    page = get_page(client, "/api/docs")
    ids = {element.get("id") for element in page.root.iter() if element.get("id")}
    [contents] = page.all("nav", **{"aria-labelledby": "contents"})
    targets = [(link.get("href") or "").removeprefix("#") for link in contents.iter("a")]
    assert set(targets) <= ids
    names = {document()["paths"][path][method]["operationId"] for path, method in OPERATIONS}
    assert names | {"errors", "limits", "posts", "objects"} <= set(targets)
    inner = {link.get("href") for link in page.all("a") if (link.get("href") or "")[:1] == "#"}
    assert {target.removeprefix("#") for target in inner} <= ids


def test_the_errors_are_a_table(client: FlaskClient) -> None:
    [table] = get_page(client, "/api/docs").all("table")
    codes = {row.text for row in table.iter("th") if row.get("scope") == "row"}
    described = {
        code
        for path, method in OPERATIONS
        for code in document()["paths"][path][method]["responses"]
        if code >= "400"
    }
    assert codes == described


def test_the_page_says_in_other_languages_that_it_is_english(client: FlaskClient) -> None:
    said = "in English only"
    assert said not in get_page(client, "/api/docs").text
    page = get_page(client, "/api/docs", headers={"Accept-Language": "es"})
    assert page.all("p", class_="lead-in")
    assert page.all("div", class_="api", lang="en")


def test_a_private_site_shows_its_reference_to_members_alone(
    app: Flask, client: FlaskClient, ana: User
) -> None:
    app.config["PUBLIC_READING"] = False
    assert client.get("/api/docs").location.startswith("/auth/login")
    assert client.get("/api/openapi.json").status_code == 401
    headers = {"Authorization": f"Bearer {make_token(ana, 'read').secret}"}
    assert client.get("/api/openapi.json", headers=headers).status_code == 200
    log_in(client, ana)
    assert get_page(client, "/api/docs").response.status_code == 200
