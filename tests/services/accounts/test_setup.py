"""The setup link: made at the first start, void once there is an administrator."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import db
from app.lib.dates import utcnow
from app.models import SetupCode
from app.services.accounts import setup
from app.services.errors import GoneError
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import PASSWORD, make_user


def test_an_administrator_made_meanwhile_comes_first(app: Flask) -> None:
    code = setup.make_link().rpartition("/")[2]
    make_user("boss", role="administrator")
    with pytest.raises(GoneError):
        setup.claim(code, "dora", ("d@example.com", "d@example.com"), PASSWORD, COMMAND_LINE)


def test_the_first_start_makes_one_link_and_no_later_one(app: Flask) -> None:
    assert setup.make_first_link() is not None
    assert setup.make_first_link() is None
    with time_machine.travel(utcnow() + timedelta(hours=25)):
        assert setup.make_first_link() is not None
    db.session.execute(sa.delete(SetupCode))
    make_user("ana")
    assert setup.make_first_link() is None
