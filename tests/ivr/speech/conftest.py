"""Owns the stand-in for the program espeak-ng."""

import asyncio
import sys
import textwrap
from pathlib import Path

import pytest

STAND_IN = """\
    #!{python}
    # Speaks as espeak-ng 1.51 does: the same lines, and a WAV whose header names a length nobody knew.
    import struct, sys
    if "--version" in sys.argv:
        print("eSpeak NG text-to-speech: 1.51  Data at: {data}")
    elif "--voices" in sys.argv:
        print("Pty Language       Age/Gender VoiceName          File                 Other Languages")
        print(" 5  lt              --/M      Lithuanian         bat/lt               ")
        print(" 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)")
        print(" 5  ru              --/M      Russian            zle/ru               ")
    else:
        words = sys.stdin.buffer.read().decode()
        sound = (struct.pack("<h", 9000) * 20 + struct.pack("<h", -9000) * 20) * (len(words) * 1500 // 40)
        head = b"RIFF" + struct.pack("<I", 0x7FFFF024) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1,
            22050, 44100, 2, 16) + b"data" + struct.pack("<I", 0x7FFFF000)
        sys.stdout.buffer.write(head + sound)
"""


@pytest.fixture(scope="session", autouse=True)
def no_loop_by_the_way() -> None:
    """Let nobody get an event loop without asking for one.

    The plugin of looptime 0.9 calls get_event_loop() before every test, and Python 3.11 then makes a loop that
    nobody closes: its ResourceWarning strikes whichever test is running when it is collected.
    """
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def espeak_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("espeak")
    variants = folder / "data" / "voices" / "!v"
    variants.mkdir(parents=True)
    (variants / "f2").touch()
    program = folder / "espeak-ng"
    script = textwrap.dedent(STAND_IN).format(python=sys.executable, data=folder / "data")
    program.write_text(script)
    program.chmod(0o755)
    return program
