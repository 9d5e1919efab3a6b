"""Alliance scores of every turn of a corpus (COMPASS): encoders, conditions, scores, summary."""
