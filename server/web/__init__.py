"""The HTTP shell: login, page frame, live calls, the API and what machines ask of a server."""
