"""Services for relations between users."""
