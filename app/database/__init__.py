"""How we talk to the database: connections, transactions, and SQL that both dialects share."""
