"""Comparison of raters of the same sessions."""
