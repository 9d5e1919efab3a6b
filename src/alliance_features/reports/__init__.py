"""Plots and Markdown pages of results."""
