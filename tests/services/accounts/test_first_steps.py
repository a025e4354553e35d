"""First steps: they are shown until they are done, and cost nothing afterward."""

from __future__ import annotations

from app import db
from app.services.accounts import first_steps
from app.services.accounts.first_steps import first_steps_of
from tests.support.factories import make_follow, make_post, make_user
from tests.support.pages import counted_statements


def test_a_new_member_has_three_steps_and_takes_one_after_the_other(app, ana):
    others = [make_user() for _ in range(6)]
    steps = first_steps_of(ana)
    assert {person.id for person in steps.people} == {person.id for person in others}
    assert steps.has_to_post and steps.has_to_describe
    for other in others[:5]:
        assert other in first_steps_of(ana).people
        make_follow(ana, other)
        db.session.refresh(ana)
    steps = first_steps_of(ana)
    assert not steps.people and steps.has_to_post
    make_post(ana)
    db.session.refresh(ana)
    with counted_statements() as ran:
        assert first_steps_of(ana) is None
    assert not ran


def test_nobody_is_asked_to_follow_those_who_are_not_there(app, ana):
    assert first_steps_of(ana) == first_steps.FirstSteps([], True, True)
    ana.about_me = "Baker"
    make_post(ana)
    db.session.refresh(ana)
    assert first_steps_of(ana) is None
    ben = make_user("ben")
    assert first_steps_of(ana) == first_steps.FirstSteps([ben], False, False)
