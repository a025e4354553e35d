"""Pages around signing in, by noun."""
