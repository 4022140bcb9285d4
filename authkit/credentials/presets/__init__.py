"""Presets: a `JWTBearer` for each provider, checked against what that provider really issues.

Each is a function in a module of its own, takes the names the provider's console shows, refuses to be built with wrong
ones, and hands every other setting on to `JWTBearer`.
"""
