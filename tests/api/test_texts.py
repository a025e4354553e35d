"""What programs may write: what people see counts, and what shows nothing is nothing."""

from __future__ import annotations

import pytest

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
NOTHING = ["\u200b", "\u3164", "\u2800", "\u200d\u200d", "\U000e0020", "\u2800\n\u2800"]


@pytest.mark.parametrize("text", NOTHING)
def test_programs_cannot_write_nothing_either(program_of, ana, ben, text):
    program = program_of(ana, "write")
    assert program.post("/posts", json={"body": text}).status_code == 422
    message = {"recipient_id": ben.id, "body": text}
    assert program.post("/messages", json=message).status_code == 422
    token = {"name": text}
    assert program.post("/tokens", json=token).status_code == 422
    titled = program.post("/posts", json={"body": "Words", "title": text})
    assert titled.json["title"] is None


def test_a_family_is_one_character(app, program_of, ana, ben):
    app.config["POST_MAX_LENGTH"] = 10
    program = program_of(ana, "write")
    assert program.post("/posts", json={"body": FAMILY * 10}).status_code == 201
    assert program.post("/posts", json={"body": FAMILY * 11}).status_code == 422
    message = {"recipient_id": ben.id, "body": FAMILY * 500}
    assert program.post("/messages", json=message).status_code == 201


def test_accents_cannot_be_piled_up_without_end(app, program_of, ana):
    app.config["POST_MAX_LENGTH"] = 10
    body = "a" + "\u0323" * 101
    assert program_of(ana, "write").post("/posts", json={"body": body}).status_code == 422


def test_a_short_post_keeps_its_source(program_of, ana):
    body = "**Bread** is `fresh`:\n- rye\n- wheat"
    answer = program_of(ana, "write").post("/posts", json={"body": body}).json
    assert answer["body"] == body
    assert "<li>rye</li>" in answer["html"]
