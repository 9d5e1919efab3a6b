"""What needs several sessions at once: pseudo-dyads, the words of a corpus, alliance scores."""
