"""What people and programs see of messages over HTTP: parse, call the rules, render."""
