"""Voicemail: mailboxes and their messages, from the recording to the mail and the page."""
