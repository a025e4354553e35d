"""Schemas of the site's rules."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas.base import ResponseBody
from app.services.site.rules import SiteRule


class Rule(ResponseBody):
    """A rule of the site."""

    id: int
    number: int = Field(description="Its place among the rules, from 1.")
    title: str
    text: str


class RuleList(ResponseBody):
    """The rules, in their order."""

    items: list[Rule]


def serialize_rule(rule: SiteRule, number: int) -> Rule:
    return Rule(id=rule.id, number=number, title=rule.title, text=rule.text)
