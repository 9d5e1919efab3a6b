"""The alliance as client and therapist see it, and how it moves over therapy."""
