"""The authorizer of an API for devices: who holds a certificate of our authority is the device that it names."""

import os

from authkit import Authorizer, CertificateRule, ClientCertificate, Route, revocation_list

crl = os.environ.get("CRL")  # a file packed with the function, as is the authority's certificate that signed it

handler = Authorizer(
    authenticate=ClientCertificate(
        allow=[CertificateRule(issuer=os.environ["ISSUER"])],  # others in the truststore could give the same names
        principal="subject:CN",
        revoked=revocation_list(crl, authority=os.environ["AUTHORITY"]) if crl else None,
    ),
    routes=[
        Route("GET", "/devices/{device}/settings", bind={"device": "sub"}),  # only the device's own
        Route("POST", "/devices/{device}/readings", bind={"device": "sub"}),
        Route("GET", "/time"),
    ],
    cached=False,  # a certificate can be no identity source: TTL 0
)
