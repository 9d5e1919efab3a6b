"""Functions of turns, tokens and distances from which signals are computed."""
