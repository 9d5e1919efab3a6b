"""Plots and pages made of results."""
