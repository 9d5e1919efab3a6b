"""The commands over files: each reads, computes and writes a folder."""
