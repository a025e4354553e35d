"""Services for accounts."""
