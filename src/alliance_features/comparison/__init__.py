"""Raters of the same sessions, side by side."""
