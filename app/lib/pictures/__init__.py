"""Pictures: what may be uploaded, and the program that converts one of them in its own process."""
