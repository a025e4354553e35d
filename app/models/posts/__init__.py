"""Rows for posts."""
