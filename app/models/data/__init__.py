"""Models for exports, search sync and idempotency."""
