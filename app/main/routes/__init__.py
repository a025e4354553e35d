"""Pages of the site, by noun."""
