"""Print the API's resource policy for some VPC endpoints: ``python policy.py vpce-0a1b2c3d4e5f67890``.

It denies what comes another way, and allows nothing but preflights, which have no authorizer: an Allow for everybody
would permit whatever the authorizer does not deny by name.
"""

import json
import sys

from authkit import resource_policy

policy = resource_policy(endpoints=sys.argv[1:], private=True, allow=["/live/OPTIONS/*"])
json.dump(policy, sys.stdout, indent=2)
