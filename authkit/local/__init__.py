"""A gateway, an issuer and their servers for the laptop. Never part of a function."""
