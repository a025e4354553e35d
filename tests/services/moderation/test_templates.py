"""Templates in their order."""

from __future__ import annotations

import pytest

from app.models import WordsTemplate
from app.services.errors import GoneError
from app.services.moderation import templates
from app.services.site.audit import COMMAND_LINE


def test_they_are_listed_by_language_and_name_and_deleted_once(app):
    for name, language in (("B", "en"), ("A", "es"), ("A", "en")):
        templates.save(WordsTemplate(), name, language, "Words", COMMAND_LINE)
    listed = templates.listed()
    assert [(one.language, one.name) for one in listed] == [("en", "A"), ("en", "B"), ("es", "A")]
    templates.delete(listed[0], COMMAND_LINE)
    with pytest.raises(GoneError):
        templates.delete(listed[0], COMMAND_LINE)
