"""Explanation: how a handler decides on one event, step by step, as text, as HTML and as data."""
