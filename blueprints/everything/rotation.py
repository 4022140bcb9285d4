"""The function that Secrets Manager calls to rotate the secret between the distribution and the authorizer."""

import os

from authkit import CloudFrontRotation

handler = CloudFrontRotation(
    distribution=os.environ["DISTRIBUTION"],
    origins=["api"],  # the id of the origin in the template: no other gets the secret
    url=os.environ["URL"],
    headers={"authorization": "Bearer none"},  # the answer is 401 where the secret is right, and 403 where it is wrong
    kept_seconds=60,  # authorizers keep the secret for so long: seconds= in app.py
)
