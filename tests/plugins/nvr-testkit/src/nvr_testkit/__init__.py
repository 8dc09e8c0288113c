"""One component of every kind, for the tests of nvr."""
