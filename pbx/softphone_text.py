"""The little of SIP's text that a softphone must read and write itself: names, addresses, headers, lamps. Pure."""

from __future__ import annotations

import re


def address(display: str, user: str, host: str) -> str:
    """Write `"Display" <sip:user@host>`; raises ValueError for a sign that SIP would misread."""
    if "\r" in display or "\n" in display:
        raise ValueError("a display name is one line")
    for word in (user, host):
        if not word or any(sign in word for sign in ' <>"@;\r\n'):
            raise ValueError("a user or host holds a sign that SIP would misread")
    quoted = display.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <sip:{user}@{host}>' if display else f"<sip:{user}@{host}>"


def party(uri: str) -> tuple[str, str]:
    """Read number and name out of `"Name" <sip:number@host>`; what is not there is empty."""
    found = re.match(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<":]*?))\s*<?sips?:([^@>;]*)', uri)
    if found is None:
        return "", ""
    quoted, plain, number = found.groups()
    return number, re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain


def headers(message: str) -> dict[str, str]:
    """Read the headers of a SIP message; of a repeated one the last."""
    head = message.replace("\r\n", "\n").partition("\n\n")[0].split("\n")[1:]
    pairs = (line.partition(":") for line in head)
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def lamp(message: str) -> tuple[bool, int, int, str] | None:
    """Read a NOTIFY of RFC 3842: whether messages wait, how many new and old ones, and the account they are in.

    None for a message that says nothing of messages; numbers that are not said are 0.
    """
    body = message.replace("\r\n", "\n").partition("\n\n")[2]
    pairs = (line.partition(":") for line in body.split("\n"))
    said = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
    if "messages-waiting" not in said:
        return None
    counted = re.match(r"(\d{1,9})/(\d{1,9})", said.get("voice-message", ""))
    new, old = (int(counted[1]), int(counted[2])) if counted else (0, 0)
    return said["messages-waiting"].lower() == "yes", new, old, said.get("message-account", "")
