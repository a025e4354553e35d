"""Services for how people relate to each other."""
