"""Models for posts."""
