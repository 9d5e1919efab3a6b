"""Evaluation: what a model adds, by figures recomputed from stored predictions."""
