"""Asterisk's manager interface: start reading at port.py, which is all the call router may know of it."""
