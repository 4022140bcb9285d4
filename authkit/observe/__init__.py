"""What is told of each decision, and to whom: never the caller, never a token or a secret."""
