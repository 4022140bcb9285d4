"""The independent judge: API Gateway's router and IAM's evaluator from scratch, sharing nothing with authkit."""
