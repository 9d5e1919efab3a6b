"""Extraction over files: what is read, what is written, what is remembered of it."""
