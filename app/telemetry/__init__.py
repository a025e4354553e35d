"""Observability for the operator: logs, metrics and alert emails."""
