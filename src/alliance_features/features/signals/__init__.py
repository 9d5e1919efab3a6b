"""The signals: one module per family, each with the registry entries of its features."""
