"""Tokens: strict JWS and JSON, and the claims inside. Pure: keys, clock and bytes come in as arguments."""
