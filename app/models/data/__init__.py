"""Rows for what people take with them."""
