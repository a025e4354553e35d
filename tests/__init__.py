"""Tests, mirroring the product."""
