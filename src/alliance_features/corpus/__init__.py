"""Measures that need several sessions: pseudo-dyads, words of a corpus, alliance scores."""
