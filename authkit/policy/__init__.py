"""Routes and what a principal may call of them, as an IAM policy. Pure: no clock, no network, no event."""
