"""Programs that call the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.models import User
from tests.support.factories import make_token
from tests.support.pages import check_headers

MEMBERS = {"type", "title", "status", "detail", "instance", "errors", "error", "message"}


@dataclass
class Program:
    """A program with a token, or without."""

    app: Flask
    secret: str = ""

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = dict(kwargs.pop("headers", {}))
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        client = self.app.test_client()
        response = client.open("/api" + path, method=method, headers=headers, **kwargs)
        check_headers(response)
        assert "Set-Cookie" not in response.headers
        if response.status_code >= 400:
            check_problem(response)
        return response

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("PUT", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)


def check_problem(response: TestResponse) -> None:
    """Every failure is told in the same way."""
    assert response.mimetype == "application/problem+json", response.headers
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json
    assert body is not None and set(body) == MEMBERS
    assert body["status"] == response.status_code
    assert body["error"] == body["title"] and body["message"] == body["detail"] != ""
    assert body["instance"].endswith(response.headers["X-Request-ID"])


@pytest.fixture(autouse=True)
def fresh_leases(app: Flask) -> None:
    """What one test uses up is there again for the next one."""
    app.extensions.pop("api_leases", None)


@pytest.fixture
def program_of(app: Flask) -> Callable[..., Program]:
    """A program of somebody, with a fresh token."""

    def make(user: User, scope: str = "write") -> Program:
        return Program(app, make_token(user, scope).secret)

    return make


@pytest.fixture
def nobody(app: Flask) -> Program:
    """A program without a token."""
    return Program(app)
