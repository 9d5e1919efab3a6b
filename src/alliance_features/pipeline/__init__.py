"""The ways in: functions over sessions, and a component of spaCy."""
