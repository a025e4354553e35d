"""Search as pure text: folding, documents, queries, ranking. Every engine shares it."""
