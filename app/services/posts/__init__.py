"""Services for posts."""
