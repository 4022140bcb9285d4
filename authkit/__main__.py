"""``python -m authkit``."""

from authkit.cli import main

raise SystemExit(main())
