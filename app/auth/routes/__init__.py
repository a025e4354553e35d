"""Authentication pages, by noun."""
