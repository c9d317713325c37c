"""The site's own tests: run on virtual time, judged, measured for coverage, and drafted where they are missing."""
