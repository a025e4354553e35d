"""Pure Python, the lowest layer: no Flask, no database, no interface text."""
