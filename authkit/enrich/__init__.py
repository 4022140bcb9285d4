"""Enrichment: what the backend, and the routes before it, are told of a principal."""
