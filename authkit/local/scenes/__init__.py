"""Scenes: mistakes and outages acted out live, with real requests over loopback."""
