"""Codes that work once, recovery codes, and secrets that only the site's key can read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.lib.encryption import encrypt
from app.models import Authenticator, RecoveryCode, SecurityEvent, Token
from app.services.accounts import sessions, two_factor
from app.services.errors import RepeatedCodesError, TwoFactorStateError, WrongCodeError
from tests.support.factories import RECOVERY_CODE, code_of, enroll, make_token
from tests.support.mailbox import templates


def use(user, code) -> bool:
    try:
        two_factor.use_code(user, code)
    except WrongCodeError:
        return False
    db.session.commit()
    return True


def turn_on(user) -> tuple[str, list[str]]:
    draft = two_factor.draft(user)
    codes = two_factor.turn_on(user, draft, code_of(draft.secret), keep=None)
    db.session.commit()
    return draft.secret, codes


def test_turning_it_on_takes_a_code_of_that_very_secret(ana, cleo):
    draft = two_factor.draft(ana)
    for code in ("000000", code_of(two_factor.draft(ana).secret), ""):
        with pytest.raises(WrongCodeError):
            two_factor.turn_on(ana, draft, code, keep=None)
    assert not two_factor.is_enrolled(ana)
    turn_on(ana)
    assert two_factor.is_enrolled(ana)
    assert not two_factor.is_enrolled(cleo)


def test_a_second_app_is_refused(ana):
    turn_on(ana)
    with pytest.raises(TwoFactorStateError):
        turn_on(ana)


def test_a_draft_is_of_one_person_and_of_one_password(ana, cleo):
    draft = two_factor.draft(ana)
    assert two_factor.read_draft(ana, draft.token) == draft
    assert two_factor.read_draft(cleo, draft.token) is None
    assert two_factor.read_draft(ana, draft.token + "x") is None
    ana.set_password("another horse 8 battery")
    assert two_factor.read_draft(ana, draft.token) is None


def test_neither_the_secret_nor_a_code_is_stored_readable(ana):
    secret, codes = turn_on(ana)
    assert secret not in db.session.scalars(sa.select(Authenticator.secret)).one()
    stored = " ".join(db.session.scalars(sa.select(RecoveryCode.code_hash)))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    assert stored.count("$argon2id$") == 10


def test_each_code_works_once_and_earlier_ones_are_void_then(ana):
    secret = enroll(ana)
    assert use(ana, code_of(secret))
    assert not use(ana, code_of(secret))
    assert not use(ana, code_of(secret, later=-1))
    assert use(ana, code_of(secret, later=1))


def test_the_code_that_turned_it_on_signs_nobody_in(ana):
    secret, _ = turn_on(ana)
    assert not use(ana, code_of(secret))


def test_ten_recovery_codes_work_once_each(ana, cleo):
    _, codes = turn_on(ana)
    enroll(cleo)
    assert len(set(codes)) == 10
    assert all(re.fullmatch("[a-z2-9]{4}-[a-z2-9]{4}", code) for code in codes)
    assert not use(cleo, codes[0])
    assert [use(ana, code) for code in codes] == [True] * 10
    assert [use(ana, code) for code in codes] == [False] * 10
    assert two_factor.recovery_codes(ana)[0] == 0


def test_new_recovery_codes_void_the_earlier_ones(ana):
    _, old = turn_on(ana)
    newest = two_factor.recovery_codes(ana)[1]
    new = two_factor.replace_recovery_codes(ana, newest)
    db.session.commit()
    assert not use(ana, old[0])
    assert use(ana, new[0])
    with pytest.raises(RepeatedCodesError):
        two_factor.replace_recovery_codes(ana, newest)


def test_whoever_is_not_enrolled_has_no_codes(ana):
    with pytest.raises(TwoFactorStateError):
        two_factor.replace_recovery_codes(ana, 0)
    assert not use(ana, "123456")
    assert not use(ana, RECOVERY_CODE)


def test_turning_it_on_and_off_ends_other_sessions_and_tokens_and_tells_by_mail(ana):
    for change in (lambda kept: turn_on(ana), lambda kept: two_factor.turn_off(ana, keep=kept)):
        kept, _ = sessions.start(ana)
        _, other = sessions.start(ana)
        make_token(ana)
        change(kept)
        assert sessions.find(other) is None
        assert db.session.scalars(sa.select(Token)).all() == []
    assert sessions.needs_touch(kept) is False and kept.expires_at > utcnow()
    assert templates() == ["two_factor_added", "two_factor_removed"]
    assert db.session.scalars(sa.select(RecoveryCode)).all() == []
    assert not two_factor.turn_off(ana)


def test_a_rotated_key_still_reads_and_the_worker_moves_secrets_to_the_new_one(app, ana, cleo):
    secret, other = enroll(ana), enroll(cleo)
    old = app.config["SECRET_KEY"]
    app.config |= {"SECRET_KEY": "n" * 32, "SECRET_KEY_FALLBACKS": [old]}
    assert use(ana, code_of(secret))
    assert two_factor.reencrypt() == 2
    assert two_factor.reencrypt() == 0
    db.session.commit()
    app.config["SECRET_KEY_FALLBACKS"] = []
    assert use(cleo, code_of(other))


def test_without_its_key_an_app_is_useless_and_recovery_codes_still_work(app, ana):
    secret = enroll(ana)
    app.config["SECRET_KEY"] = "n" * 32
    assert not use(ana, code_of(secret))
    assert two_factor.reencrypt() == 0
    assert use(ana, RECOVERY_CODE)


@pytest.mark.parametrize(("seconds", "works"), [(-1, True), (1, False)])
def test_a_draft_and_a_file_of_codes_last_half_an_hour(ana, seconds, works):
    begun = utcnow()
    with time_machine.travel(begun, tick=False):
        draft, file = two_factor.draft(ana), two_factor.sign_codes(ana, ["7kd2-m9xq"])
    with time_machine.travel(begun + timedelta(minutes=30, seconds=seconds), tick=False):
        assert (two_factor.read_draft(ana, draft.token) == draft) is works
        assert (two_factor.read_codes(ana, file) == ["7kd2-m9xq"]) is works


def test_what_one_person_replaces_or_removes_is_no_one_elses(ana, cleo):
    secret = enroll(cleo)
    turn_on(ana)
    two_factor.replace_recovery_codes(ana, two_factor.recovery_codes(ana)[1])
    two_factor.turn_off(ana)
    db.session.commit()
    assert use(cleo, code_of(secret))
    assert use(cleo, RECOVERY_CODE)


def test_each_change_is_in_the_security_log_and_mailed(ana):
    turn_on(ana)
    codes = two_factor.replace_recovery_codes(ana, two_factor.recovery_codes(ana)[1])
    db.session.commit()
    assert use(ana, codes[0])
    two_factor.turn_off(ana)
    logged = db.session.scalars(sa.select(SecurityEvent).order_by(SecurityEvent.id)).all()
    names = ["two_factor_added", "recovery_codes_made", "recovery_code_used", "two_factor_removed"]
    assert [event.name for event in logged] == templates() == names
    assert logged[2].facts == {"left": "9"}


def test_a_secret_that_an_earlier_version_has_stored_is_read(app, ana):
    secret = enroll(ana)
    stored = encrypt(app.config["SECRET_KEY"], "two-factor", str(ana.id), secret)
    db.session.execute(sa.update(Authenticator).values(secret=stored))
    db.session.commit()
    assert use(ana, code_of(secret))
