"""Services for what people take with them."""
