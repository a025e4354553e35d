"""Rows for how people relate to each other."""
