"""Models for messages and notifications."""
