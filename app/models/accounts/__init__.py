"""Rows for accounts."""
