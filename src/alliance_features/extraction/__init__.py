"""From sessions to tables of features: the extractor, and the engine that streams a corpus."""
