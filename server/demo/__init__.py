"""The demo: real calls by real phones on the sample site, judged by what the phones themselves say."""
