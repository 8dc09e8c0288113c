"""The street: who is where at any time, and how it is drawn. Pure functions of seed and time."""
