"""Signs that a session is not what it seems: read twice, timed in another unit, and the like."""
