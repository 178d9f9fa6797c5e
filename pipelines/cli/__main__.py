"""``python -m pipelines.cli`` is ``keeprate``."""

from pipelines.cli import main

main()
