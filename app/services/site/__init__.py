"""Services for the site itself."""
