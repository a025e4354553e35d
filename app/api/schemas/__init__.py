"""Request and response schemas, by noun."""
