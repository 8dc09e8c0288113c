"""``python -m nvr_core.api``: runs the API process, or prints its OpenAPI document."""

from __future__ import annotations

import sys

from nvr_core.api.process import main

sys.exit(main(sys.argv[1:]))
