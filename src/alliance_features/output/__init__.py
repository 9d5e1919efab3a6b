"""What every command writes: files, folders of results, manifests, hashes, tables of text."""
