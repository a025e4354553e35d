"""Services for exports, counters and idempotency."""
