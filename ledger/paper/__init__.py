"""Papers of ours for a drawer: the letters they are printed in, and numbered pages. Knows nothing of what they say."""
