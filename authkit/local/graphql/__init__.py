"""GraphQL (specification of October 2021), as far as it tells which fields a request asks for, and of which types."""
