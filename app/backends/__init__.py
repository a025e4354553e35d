"""Seams to other servers: each a Protocol, a default that needs none, and what replaces it."""
