"""``python -m snippets``: draw every stale figure and execute every stale lab."""

import argparse
import sys

from snippets._build import BuildError, refresh


def main() -> None:
    """Bring figures and labs up to date; exit with 1 and the faults if one raised."""
    argparse.ArgumentParser("python -m snippets", description=__doc__).parse_args()
    try:
        refresh()
    except BuildError as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
