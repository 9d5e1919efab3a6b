"""The command `bench`: how fast extraction is on a corpus, stage by stage."""
