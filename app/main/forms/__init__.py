"""Forms of the main pages."""
