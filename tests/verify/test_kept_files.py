"""Files that are written while others are verified: runs see what stood there at first."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

ENTRY = b"""\
import inspect
from tensorflow import keras
import names

i = keras.Input((2,))
keras.Model(i, i, name=names.NAME)
keras.Model(i, i, name=inspect.getsource(names.line)[4:8])
"""
BEFORE = b"NAME = 'before'\ndef line(): pass\n"
AFTER = b"NAME = 'after'\n\n\ndef other(): pass\ndef line(): pass\n"


@pytest.mark.tensorflow
def test_an_import_gives_the_bytes_from_the_beginning_of_the_run(tmp_path: Path) -> None:
    entry, helper = tmp_path / "entry.py", tmp_path / "names.py"
    entry.write_bytes(ENTRY)
    helper.write_bytes(AFTER)
    request = VerifyRequest(entry=entry, originals={entry: ENTRY}, rewrites={entry: ENTRY})
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu", keras3=False)) as session:
        session.keep({helper: BEFORE, entry: b"never served\n"})
        assert session.probe(request).models == ("before", "line")
    assert helper.read_bytes() == AFTER
