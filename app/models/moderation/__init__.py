"""Rows of moderation: cases, reports, decisions, appeals."""
