"""What people and programs see of faxes over HTTP: parse, call the rules, render."""
