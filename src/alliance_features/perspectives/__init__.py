"""The alliance as client and therapist see it, and how it changes over therapy."""
