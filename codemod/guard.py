"""Running a command so that every way it can end has its exit status, and none a traceback."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from codemod.errors import CodemodError
from codemod.interrupts import Ended, Interrupt
from codemod.reports.outcome import BROKEN_PIPE, INTERRUPTED, UNUSABLE
from codemod.reports.output import OutputClosedError, discard_output, write_text


def exit_with(run: Callable[[], int]) -> NoReturn:
    """Leave the process with the status that ``run`` returns or that its end stands for."""
    signal.signal(signal.SIGTERM, _terminate)
    # Of the user's sources, as in `1if x else 2`: they are about code that is not run here.
    warnings.simplefilter("ignore", SyntaxWarning)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Whoever starts us in the background has it ignored, and that stays.
        signal.signal(signal.SIGINT, Interrupt())
    try:
        status = run()
    except CodemodError as error:
        write_text(sys.stderr.buffer, f"keras-codemod: {error}\n")
        status = UNUSABLE
    except Ended as end:
        status = end.status
    except KeyboardInterrupt:
        write_text(
            sys.stderr.buffer,
            "keras-codemod: interrupted; every file is untouched or wholly rewritten\n",
        )
        status = INTERRUPTED
    except OutputClosedError:
        discard_output()
        status = BROKEN_PIPE
    sys.exit(status)


def occupy_closed_streams() -> None:
    """Point closed standard streams at nothing: no file that is opened may get their numbers.

    Standard output and error then take what is written; ``sys.stdin`` stays None.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken.
            os.open(os.devnull, os.O_RDWR)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """Leave through the ``finally`` blocks, which remove temporary files and end processes.

    What is done by then is told.
    """
    raise Ended(number)
