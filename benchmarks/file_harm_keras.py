"""Scripts that harm files with TensorFlow and Keras, and by where in the code they do.

Sections as in ``file_harm_python.py``; ``m`` is a model.
"""

from __future__ import annotations

KERAS = """\
## model_saved
m.save(P); m.save(D + '/a.keras')
## saved_model_of_keras
m.save(D)
## weights_saved
m.save_weights(P); m.save_weights(D + '/w')
## exported
m.export(D) if hasattr(m, 'export') else None
## save_function
keras.models.save_model(m, P)
## to_json
open(P, 'w').write(m.to_json())
assert 'functional_m' in open(P).read()
## callbacks
m.compile('sgd', 'mse')
m.fit(np.ones((4, 4)), np.ones((4, 4)), callbacks=[
    keras.callbacks.ModelCheckpoint(P), keras.callbacks.CSVLogger(P),
    keras.callbacks.TensorBoard(D), keras.callbacks.BackupAndRestore(D + '/b')])
## callbacks_called
c = keras.callbacks.CSVLogger(P); c.set_model(m); c.on_train_begin()
c.on_epoch_end(0, {'loss': 1.0}); c.on_train_end()
## checkpoint_called
c = keras.callbacks.ModelCheckpoint(D + '/{epoch}.h5'); c.set_model(m)
c.on_epoch_end(0, {'val_loss': 1.0})
## board_called
m.compile('sgd', 'mse'); c = keras.callbacks.TensorBoard(D); c.set_model(m)
c.on_train_begin(); c.on_train_end()
## picture
keras.utils.plot_model(m, P + '.png')
## downloaded
try:
    keras.utils.get_file(P, 'http://localhost:1/a.h5', cache_dir=D)
except Exception: pass
## manager
k = tf.train.CheckpointManager(tf.train.Checkpoint(m=m), D, 2); k.save(); k.save()
## checkpoint_written
tf.train.Checkpoint(m=m).write(os.path.join(D, 'ck'))
## graph
tf.io.write_graph(tf.Graph(), D, 'g.pbtxt')
assert os.path.exists(D + '/g.pbtxt')
## traced
w = tf.summary.create_file_writer(D); tf.summary.trace_on()
with w.as_default(): tf.summary.trace_export('a', 0)
## gfile_all
g = tf.io.gfile
g.copy(P, P + '.a'); g.rename(P + '.a', P + '.b'); g.remove(P)
g.makedirs(D + '/x/y'); g.mkdir(D + '/z')
with g.GFile(P + '.b', 'a') as f: f.write('!')
assert not g.exists(P) and g.isdir(D + '/z')
## in_a_graph
@tf.function
def step():
    tf.io.write_file(P, 'new')
step()
## python_in_a_graph
@tf.function
def step():
    tf.py_function(os.remove, [P], [])
try: step()
except Exception: os.remove(P)
## mapped
def harm(x):
    tf.io.write_file(P, 'new')
    return x
list(tf.data.Dataset.range(2).map(harm))
## generated
def harm():
    os.remove(P)
    yield 1
list(tf.data.Dataset.from_generator(harm, tf.int32))
## printed
tf.print('new', output_stream='file://' + P)
## shards
tf.data.Dataset.range(3).snapshot(D).save(D + '2')
## logs
tf.get_logger().addHandler(__import__('logging').FileHandler(P, 'w'))
## picture_saved
tf.io.write_file(P, tf.io.encode_png(tf.zeros((2, 2, 3), tf.uint8)))
## variables
tf.saved_model.save(m, D)
## keras_settings
p = os.path.join(BASE, '.keras'); os.makedirs(p)
open(p + '/keras.json', 'w').write('{}')
## hdf5_attributes
import h5py
with h5py.File(P, 'w') as f: f.attrs['a'] = 1
with h5py.File(P, 'a') as f: f['b'] = np.ones(3)
"""
"""What TensorFlow and Keras write."""
PLACES = """\
## helper
import helping_other
## builder
def build():
    harm()
    i = keras.Input((4,))
    return keras.Model(i, tf.square(i), name='b')
build()
## layer_init
class L(keras.layers.Layer):
    def __init__(self, **k):
        super().__init__(**k)
        harm()
    def call(self, x): return x
USE = L()
## layer_build
class L(keras.layers.Layer):
    def build(self, shape):
        harm()
    def call(self, x): return x
USE = L()
## layer_call
class L(keras.layers.Layer):
    def call(self, x):
        harm()
        return x
USE = L()
## lambda_layer
def layer(x):
    harm()
    return x
USE = keras.layers.Lambda(layer, name='h')
## initializer
class I(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None, **k):
        harm()
        return tf.ones(shape, dtype)
    def get_config(self): return {}
USE = keras.layers.Dense(4, kernel_initializer=I())
## regularizer
class R(keras.regularizers.Regularizer):
    def __call__(self, w):
        harm()
        return tf.reduce_sum(w)
    def get_config(self): return {}
USE = keras.layers.Dense(4, kernel_regularizer=R())
## get_config
class L(keras.layers.Layer):
    def call(self, x): return x
    def get_config(self):
        harm()
        return super().get_config()
USE = L()
## metric
class M(keras.metrics.Mean):
    def __init__(self, **k):
        super().__init__(**k)
        harm()
M()
## callback
class C(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        harm()
C().on_train_begin()
## decorator
def harmful(f):
    harm()
    return f
@harmful
def f(): pass
## default
def f(a=[0 for _ in [0] if harm() or 1]): pass
## class_body
class A:
    harm()
## subclassing
class A:
    def __init_subclass__(cls, **k):
        harm()
class B(A): pass
## destructor
class A:
    def __del__(self):
        harm()
A()
## kept_destructor
class A:
    def __del__(self):
        harm()
kept = A()
## finalizer
import weakref
class A: pass
a = A(); weakref.finalize(a, harm)
## signal
import signal
signal.signal(signal.SIGUSR1, lambda *a: harm())
os.kill(os.getpid(), signal.SIGUSR1)
## alarm
import signal
signal.signal(signal.SIGALRM, lambda *a: harm()); signal.alarm(1)
## error_hook
sys.excepthook = lambda *a: harm()
## garbage
import gc
gc.callbacks.append(lambda *a: os.path.exists(P) and harm()); gc.collect()
gc.callbacks.clear()
## generator
def g():
    try: yield 1
    finally: harm()
next(g())
## context
import contextlib
@contextlib.contextmanager
def c():
    yield
    harm()
with c(): pass
## handler
try: 1 / 0
except ZeroDivisionError: harm()
finally: open(P, 'w').close()
## evaluated
exec(compile('harm()', 'evaluated', 'exec'))
## main
if __name__ == '__main__':
    harm()
## main_function
def main():
    harm()
if __name__ == '__main__': main()
## import_hook
class F:
    def find_spec(self, *a):
        os.path.exists(P) and harm()
sys.meta_path.insert(0, F())
try: import not_there
except ImportError: pass
sys.meta_path.pop(0)
## its_source
open(__file__, 'a').write('# new')
## its_folder
shutil.rmtree(HERE, ignore_errors=True)
## its_cache
shutil.rmtree(os.path.join(HERE, '__pycache__'), ignore_errors=True)
open(os.path.join(HERE, 'pyproject.toml'), 'w').write('[tool]')
## formatted
text = open(__file__).read(); open(__file__, 'w').write(text.replace('a', 'b'))
## all_sources
for p in pathlib.Path(HERE).glob('*.py'): p.write_text('')
## parent
shutil.rmtree(os.path.dirname(HERE), ignore_errors=True)
"""
"""``harm()`` is called in many places; the model gets the layer ``USE``."""
