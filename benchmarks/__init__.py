"""One question a script: run each with `python -m benchmarks.<name>`."""
