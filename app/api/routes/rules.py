"""The rules of the site, which reports and decisions name."""

from __future__ import annotations

from flask import current_app

from app.api.blueprint import operation
from app.api.schemas.rule import RuleList, serialize_rule
from app.services.site import rules
from app.web.problem_json import Problem
from app.web.viewer import member

UNKNOWN_RULE = [("rule_id", "There is no rule with this id.")]


def require_rule(rule_id: int | None) -> None:
    """422 unless `rule_id` is of a rule that applies, or None."""
    if rule_id is not None and rule_id not in (entry.id for entry in rules.applied()):
        raise Problem(422, fields=UNKNOWN_RULE)


@operation("get", "/rules")
def list_rules() -> RuleList:
    """List the rules of the site, in your language."""
    language = member().language or current_app.config["DEFAULT_LANGUAGE"]
    current = rules.current(language)
    return RuleList(items=[serialize_rule(rule, place) for place, rule in enumerate(current, 1)])
