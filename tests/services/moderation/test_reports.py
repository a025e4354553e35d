"""Reports, where the form does not come."""

from __future__ import annotations

import sqlalchemy as sa

from app import db
from app.models import Post, Report, ReportedCopy
from app.models.moderation.case import WORDS_MAX
from app.services.moderation import reports
from app.services.posts import reposts
from tests.support.factories import make_post
from tests.support.moderation import decide, make_report


def test_after_a_decision_a_report_opens_another_case(app, ana, ben):
    first = make_report(ana, ben)
    decide(ben, "none", case=first)
    assert make_report(ana, ben).id != first.id


def test_one_report_grows_to_a_limit(app, ana, ben):
    for letter in "abc":
        make_report(ana, ben, letter * (WORDS_MAX - 1))
    words = db.session.query(Report).one().words
    assert len(words) == WORDS_MAX
    assert words.endswith("c")


def test_a_repost_is_nothing_to_attach(app, ana, ben, cleo):
    post = make_post(cleo, "Said by somebody else")
    reposts.repost(ben, post)
    db.session.commit()
    own = db.session.scalars(sa.select(Post.id).where(Post.repost_of_id == post.id)).one()
    case = make_report(ana, ben)
    reports.attach_post(case, own, None)
    db.session.commit()
    assert db.session.query(ReportedCopy).count() == 0
    assert list(reports.offered_posts(ben, ana, own)) == []


def test_only_so_much_is_attached(app, ana, ben):
    posts = [make_post(ben, f"Offer {number}") for number in range(reports.COPIES_MAX + 2)]
    make_report(ana, ben, "", *posts)
    make_report(ana, ben, "", posts[0])
    assert db.session.query(ReportedCopy).count() == reports.COPIES_MAX
