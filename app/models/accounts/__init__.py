"""Models for accounts."""
