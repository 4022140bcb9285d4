"""Doctor: what is wrong with a project folder before it is deployed, a line a finding."""
