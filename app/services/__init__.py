"""Business logic as plain functions, named by verbs. They flush; the outermost layer commits."""
