"""Keys: what an issuer signs with, from a JWK to a set that stays usable while the issuer does not answer."""
