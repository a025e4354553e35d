"""Who is signed in while pages are tested."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.models import User
from tests.support.factories import make_user
from tests.support.pages import log_in


@pytest.fixture
def admin(client: FlaskClient) -> User:
    """An administrator, signed in at `client`."""
    person = make_user("sam", role="administrator")
    log_in(client, person)
    return person
