"""Ratings of human raters and scores of model raters: files, checks, arrays for models."""
