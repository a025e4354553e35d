"""What programs send and get, by noun."""
