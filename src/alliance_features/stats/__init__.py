"""Statistics for clustered sessions: arrays in, numbers out, NaN where undefined."""
