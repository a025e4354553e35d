"""Private messages below the front door: one conversation, two sides, and who reads what."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import db
from app.database.cursor import Cursor
from app.lib.dates import utcnow
from app.models import Conversation, Message, Participation, User
from app.services.errors import MessageRefusedError
from app.services.messages import messages
from tests.support.factories import make_follow, make_message


def unread(reader: User, other: User) -> int:
    db.session.expire_all()
    return messages.participation_of(reader, other).unread_count


def count(model: type[Conversation | Message]) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def test_a_refused_message_leaves_nothing_behind(ana, ben):
    ben.messages_from = "nobody"
    with pytest.raises(MessageRefusedError):
        messages.send(ana, ben, "Hello")
    assert count(Conversation) == count(Message) == 0
    assert messages.participation_of(ana, ben) is None


def test_who_takes_messages_of_followed_people_means_those_whom_they_follow(ana, ben, cleo):
    ben.messages_from = "followed"
    make_follow(ben, ana)
    make_follow(cleo, ben)
    assert messages.accepts(ana, ben)
    assert messages.accepts(ben, ben)
    assert not messages.accepts(cleo, ben)
    ben.closed_at = utcnow()
    assert not messages.accepts(ana, ben)


def test_two_people_share_one_conversation_whoever_begins(ana, ben):
    first, second = make_message(ana, ben, " Hello\r\n"), make_message(ben, ana, "Hi")
    assert first.conversation_id == second.conversation_id
    assert count(Conversation) == 1
    assert first.body == "Hello"


def test_only_the_recipient_has_something_to_read(ana, ben):
    for _ in range(3):
        make_message(ana, ben)
    assert (unread(ana, ben), unread(ben, ana)) == (0, 3)
    make_message(ben, ana)
    # Whoever answers may not have read everything.
    assert (unread(ana, ben), unread(ben, ana)) == (1, 3)
    make_message(ana, ana)
    assert unread(ana, ana) == 0


def test_reading_counts_what_came_later_and_an_older_page_marks_nothing_as_unread_again(ana, ben):
    ids = [make_message(ana, ben).id for _ in range(4)]
    make_message(ben, ana)
    for up_to, left in ((ids[1], 2), (ids[0], 2), (ids[3], 0), (ids[1], 0)):
        messages.mark_read(ben, ana, up_to)
        assert unread(ben, ana) == left
    assert unread(ana, ben) == 1


def test_reading_what_nobody_wrote_changes_nothing(ana, ben, cleo):
    message = make_message(ana, ben)
    messages.mark_read(ben, cleo, message.id)
    messages.mark_read(cleo, ben, message.id)
    assert unread(ben, ana) == 1


def test_an_inbox_has_the_last_conversation_first_and_pages_of_it_meet(ana, ben, cleo):
    for other in (ben, cleo, ana):
        make_message(ana, other)
    last = make_message(ben, ana)
    first_page = messages.inbox(ana, Cursor(2))
    assert [row.other.username for row in first_page] == ["ben", "ana"]
    assert first_page[0].last_message.id == last.id
    rest = messages.inbox(ana, Cursor(2, before=first_page[-1].last_message_id))
    assert [row.other.username for row in rest] == ["cleo"]
    assert [row.other.username for row in messages.inbox(cleo, Cursor(2))] == ["ana"]


def test_a_thread_is_for_the_two_people_in_it(ana, ben, cleo):
    sent = [make_message(*pair).id for pair in ((ana, ben), (ben, ana), (ana, ben))]
    make_message(ana, cleo)
    row = messages.participation_of(ana, ben)
    assert isinstance(row, Participation)
    for viewer in (ana, ben):
        assert [one.id for one in messages.thread(viewer, row, Cursor(2))] == sent[:0:-1]
    assert [one.id for one in messages.thread(ana, row, Cursor(9, after=sent[0]))] == sent[1:]
    assert messages.thread(cleo, row, Cursor(9)) == []
