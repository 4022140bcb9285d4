"""Guards: what must be true of a request, whoever sends it."""
