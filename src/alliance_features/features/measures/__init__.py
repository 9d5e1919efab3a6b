"""What signals are made of: functions of turns, tokens and distances."""
