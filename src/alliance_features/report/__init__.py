"""Reports and figures made of results."""
