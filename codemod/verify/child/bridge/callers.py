"""Who calls: the user's code, or Keras, whose own calls stay what they are."""

from __future__ import annotations

from types import FrameType

LIBRARIES = frozenset(["keras", "tf_keras", "optree", "tree"])
DISPATCHED = "op_dispatch_handler"
"""The function that TensorFlow puts around each op that asks the dispatchers (2.16 to 2.21)."""


def is_users(frame: FrameType) -> bool:
    """Whether other code than Keras made the call in ``frame``, through TensorFlow or not."""
    return _package(_caller(frame)) not in LIBRARIES


def is_users_whole(frame: FrameType) -> bool:
    """Whether it is, and not inside another op that asks the dispatchers.

    Where it is inside one, the error goes on to that one, which asks in its turn. So a layer holds
    what the user called as a whole, and nothing depends on what TensorFlow's Python code makes of
    a tensor that is half known.
    """
    caller = _caller(frame)
    inner = frame
    while inner is not caller:
        if inner.f_code.co_name == DISPATCHED:
            return False
        assert inner.f_back is not None
        inner = inner.f_back
    return _package(caller) not in LIBRARIES


def _caller(frame: FrameType) -> FrameType:
    """The innermost frame that runs no code of TensorFlow."""
    while _package(frame) == "tensorflow" and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
