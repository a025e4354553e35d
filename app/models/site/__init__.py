"""Rows for the site itself."""
