"""Rows for messages and notifications."""
