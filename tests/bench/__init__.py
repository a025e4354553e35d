"""How fast pages are, beside a Flask view that returns a word: `make bench`. No test."""
