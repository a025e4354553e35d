"""Database access: connections, transactions, and SQL that both dialects share."""
