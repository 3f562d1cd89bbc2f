"""What holds for every test: drawn examples have no time limit, and are the same in every CI run."""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None, database=None)
settings.register_profile("ci", deadline=None, database=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
