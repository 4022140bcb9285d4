"""Credentials: each a callable from Request to Principal that says what it reads."""
