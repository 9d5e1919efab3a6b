"""The signals: one module each, and the registry that describes them all."""
