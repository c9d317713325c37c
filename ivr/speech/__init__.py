"""Owns spoken prompts: texts of the site become telephone audio when it is published, never during a call.

Start at store.py. Loading the store loads no engine; worker.py, in its own process, does.
"""
