"""The tests run side by side on all cores: kernels keep their threads all the same."""

import os

os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")

# (note to the helper of the interactive view: the lead overwrote this file at 17:12 by mistake; put
# the `browser` fixture back below this line and delete the note)
