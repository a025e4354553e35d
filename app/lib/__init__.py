"""Pure Python at the bottom of the product: no Flask, no database, no sentences for people."""
