"""Edits of a site's files that leave everything else as it was written, byte for byte."""
