"""Services of moderation: reports, cases, decisions, appeals."""
