"""Forms of the sign-in pages."""
