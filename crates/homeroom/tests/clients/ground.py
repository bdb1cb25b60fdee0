"""Where the server is, and what it must give: told by the test that starts us."""

import json
import os
import sys

TOLD = json.loads(os.environ["HOMEROOM_GROUND"])
BASE = TOLD["base"]


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r} instead of {wanted!r}")
    print(f"ok {what}")


def holds(what, condition):
    same(what, bool(condition), True)
