"""Synthetic corpora with planted effects."""
