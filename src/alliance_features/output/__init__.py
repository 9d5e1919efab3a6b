"""Writing the output of commands: files, folders, manifests, hashes, tables of text."""
