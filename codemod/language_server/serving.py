"""The life of the server process: its streams, its log, its end."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import NoReturn

from codemod.collection import rare_collections
from codemod.language_server.features import new_server
from codemod.limits import STACK_OF_A_THREAD


class OneLine(logging.Formatter):
    """Records without tracebacks: the server says itself what has failed, and where."""

    def formatException(self, ei: object) -> str:
        """Nothing."""
        return ""


def serve() -> NoReturn:
    """Serve on standard input and output until the client is done; ends the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("keras-codemod: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # Whatever is printed by mistake must not stand between the messages.
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.stack_size(STACK_OF_A_THREAD)
    server, verifications = new_server()
    try:
        with rare_collections():
            server.start_io(source, target)
    finally:
        verifications.end()
        server.end()
        # Threads that still read or analyse would keep the process.
        sys.stderr.flush()
        os._exit(0 if server.is_asked_to_end else 1)
