"""Services for messages and notifications."""
