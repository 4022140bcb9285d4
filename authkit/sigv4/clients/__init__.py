"""Faces of the signer for HTTP clients, each of which loads its client only when it is used.

>>> requests.get(url, auth=RequestsAuth(credentials, region="eu-west-1", service="execute-api"))
>>> httpx.get(url, auth=httpx_auth(credentials, region="eu-west-1", service="execute-api"))
>>> SigningPool(urllib3.PoolManager(), credentials, region="eu-west-1", service="execute-api").request("GET", url)

None of them signs for another host than the one that was asked for, and none takes a signature there.
"""

from __future__ import annotations

from .httpx import httpx_auth
from .requests import RequestsAuth
from .signer import Signer
from .urllib3 import SigningPool

__all__ = ["RequestsAuth", "Signer", "SigningPool", "httpx_auth"]
