"""Models of ratings from signals and words of sessions: scikit-learn estimators."""
