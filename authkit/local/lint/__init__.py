"""Lint: what is wrong with how an authorizer is attached, with its table, and with the two together."""
