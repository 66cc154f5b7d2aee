"""The least that verification can do: import TensorFlow once, build, trace and run each model.

``python benchmarks/verification_floor.py GENERATION FILE...`` runs every file in this one process
under Keras 2 or 3 and prints a JSON object: the models that were run, those that failed, and the
seconds of the import, of building, of tracing (``training=False``) and of one run on one sample.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import inspect
import io
import json
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WORKER = Path(__file__).parents[1] / "codemod" / "verify" / "worker.py"


def main() -> None:
    """Run the files and print the figures."""
    generation, files = int(sys.argv[1]), sys.argv[2:]
    seconds = dict.fromkeys(("import", "build", "trace", "run"), 0.0)
    failures: list[str] = []
    models = 0
    with _counted(seconds, "import"):
        _load_worker().load_child_package()
        from keras_codemod_verify_child.capture import (  # type: ignore[import-not-found]
            capture,
            keras_generation,
            statements,
            stubs,
        )
        from keras_codemod_verify_child.numbers import (  # type: ignore[import-not-found]
            eager_kernels,
            inputs,
            samples,
            token_ranges,
        )

        keras_generation.prepare(generation)
        import tensorflow as tf
    eager_kernels.run_ops_as_kernels()
    stubs.install_stubs(tf.keras, {})
    made, makers = _record_models(capture.functional_class(tf.keras))
    for file in files:
        with _counted(seconds, "build"):
            made.clear()
            makers.clear()
            _forget(tf)
            # Stubs raise it in the place of training: what follows makes no model.
            reached = contextlib.suppress(statements.TrainingReachedError)
            with contextlib.redirect_stdout(io.StringIO()), reached:
                _run_file(Path(file), makers)
        for model in list(made):
            try:
                tokens = token_ranges.token_limits(model)[0]
                sample = next(iter(samples.SampleGroups(model)))[0]
                given = inputs.make_inputs(tf, model, sample, tokens)
                with _counted(seconds, "trace"):
                    traced = tf.function(functools.partial(model, training=False))
                    traced.get_concrete_function(given)
                with _counted(seconds, "run"):
                    model(given, training=False)
                models += 1
            except Exception as error:
                # The time until a model fails belongs to the floor like that of any other.
                failures.append(f"{file}: {str(error)[:80]}")
    print(json.dumps({"models": models, "failures": failures, "seconds": seconds}))


@contextlib.contextmanager
def _counted(seconds: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[part] += time.perf_counter() - start


def _load_worker() -> Any:
    spec = importlib.util.spec_from_file_location("worker", WORKER)
    assert spec is not None and spec.loader is not None
    worker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker)
    return worker


def _record_models(functional: Any) -> tuple[list[Any], set[types.CodeType]]:
    """The functional models of the file that is run, as they are made, and the code that does."""
    made: list[Any] = []
    makers: set[types.CodeType] = set()
    initialise = functional.__init__

    def recording_init(self: Any, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        is_new = not any(item is self for item in made)
        if kwargs.get("skip_init") or not is_new or type(self).__name__ == "Sequential":
            return
        made.append(self)
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            makers.add(frame.f_code)
            frame = frame.f_back

    functional.__init__ = recording_init
    return made, makers


def _forget(tf: Any) -> None:
    """Forget what another file has set: names, registered classes, the dtype policy."""
    tf.keras.backend.clear_session()
    tf.keras.utils.get_custom_objects().clear()
    tf.keras.mixed_precision.set_global_policy("float32")


def _run_file(path: Path, makers: set[types.CodeType]) -> None:
    """Run the statements of ``path``, then the builders that these have not called.

    What fails is left out.
    """
    module = types.ModuleType("__main__")
    module.__file__ = str(path)
    sys.modules["__main__"] = sys.modules["before"] = module
    for statement in ast.parse(path.read_bytes()).body:
        code = compile(ast.Module([statement], []), str(path), "exec", dont_inherit=True)
        _attempt(functools.partial(exec, code, module.__dict__))
    for name, value in list(vars(module).items()):
        if not name.startswith("build") or not isinstance(value, types.FunctionType):
            continue
        if value.__code__ not in makers:
            parameters = inspect.signature(value).parameters.values()
            if all(item.default is not item.empty for item in parameters):
                _attempt(value)


def _attempt(action: Callable[[], Any]) -> None:
    try:
        action()
    except Exception:
        # Verification goes on after a statement that fails, and so does its floor.
        return


if __name__ == "__main__":
    main()
