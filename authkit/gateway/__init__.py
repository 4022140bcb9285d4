"""What API Gateway says and hears: ARN, event to Request, Decision to answer, context rules."""
