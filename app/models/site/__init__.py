"""Models for the site itself."""
