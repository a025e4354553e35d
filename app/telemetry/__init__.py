"""What the operator learns of a running site: logs, metrics and alert emails."""
