"""The function at the edge that signs each request to the API with its role's credentials."""

from authkit.sigv4.edge import OriginSigner

handler = OriginSigner()
