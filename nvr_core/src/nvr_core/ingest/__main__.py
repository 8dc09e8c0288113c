"""``python -m nvr_core.ingest``: runs the av worker."""

from nvr_core.ingest.process import main

if __name__ == "__main__":
    main()
