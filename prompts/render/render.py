#!/usr/bin/env python3
"""Renders the prompt audio that is new or whose text changed, and scores it with a recogniser.

    python3 prompts/render/render.py pl en it pt            render what changed
    python3 prompts/render/render.py pl --score             … and print the recogniser's word errors
    python3 prompts/render/render.py pl --limit-minutes 20  stop in time; the next run goes on

Needs python3 with venv, npm, espeak-ng and cargo. Everything fetched or rendered on the way is kept in
.cache/voices (or $PARLEY_VOICE_CACHE), so a stopped run goes on where it was.
"""
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("PARLEY_VOICE_CACHE", HERE.parent.parent / ".cache" / "voices"))


def enter_venv():
    """Goes on inside a venv that has requirements.txt; makes it the first time."""
    home = CACHE / "venv"
    wanted = (HERE / "requirements.txt").read_text()
    done = home / "installed.txt"
    if not done.exists() or done.read_text() != wanted:
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        done.write_text(wanted)
    os.execv(home / "bin" / "python", [str(home / "bin" / "python"), str(HERE / "work.py"), str(CACHE), *sys.argv[1:]])


if __name__ == "__main__":
    enter_venv()
