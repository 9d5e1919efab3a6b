"""What each command does over files: read, call, write."""
