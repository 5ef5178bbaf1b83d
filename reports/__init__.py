"""Reports: rows, and one writer a format."""
