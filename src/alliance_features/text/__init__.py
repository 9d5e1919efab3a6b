"""Turns to tokens, tokens to vectors: the only importers of spaCy and gensim."""
