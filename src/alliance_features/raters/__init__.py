"""Ratings of human raters and scores of model raters: files, checks, what models need."""
