"""`python -m server` is the command line."""

from server.launch import main

main()
