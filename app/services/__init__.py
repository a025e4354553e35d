"""What the product does: verbs as plain functions. They flush, the outermost layer commits."""
