"""Ways to harm a file or a folder, each with what is so afterwards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """Code that harms ``P``, a file, or ``D``, a folder; ``worked`` is true when it had its way.

    ``module`` is what it needs beside the standard library.
    """

    code: str
    worked: str = "True"
    module: str = ""


WRITTEN = "open(P).read() == 'new'"
NEW = "open(P).read().startswith('new')"
GONE = "not os.path.exists(P)"
EMPTY = "not os.path.exists(D)"
WAYS = {
    "open": Way("with open(P, 'w') as file: file.write('new')", WRITTEN),
    "append": Way("with open(P, 'a') as file: file.write('new')", "open(P).read() == 'oldnew'"),
    "update": Way("with open(P, 'r+') as file: file.write('new')", WRITTEN),
    "exclusive": Way("with open(P + 'x', 'x') as file: file.write('new')", "os.path.exists(P+'x')"),
    "os_open": Way(
        "f = os.open(P, os.O_WRONLY | os.O_TRUNC); os.write(f, b'new'); os.close(f)", WRITTEN
    ),
    "file_io": Way("with io.FileIO(P, 'w') as file: file.write(b'new')", WRITTEN),
    "codecs": Way("import codecs\nwith codecs.open(P, 'w', 'utf-8') as f: f.write('new')", WRITTEN),
    "pathlib_write": Way("pathlib.Path(P).write_text('new')", WRITTEN),
    "pathlib_unlink": Way("pathlib.Path(P).unlink()", GONE),
    "pathlib_touch": Way("pathlib.Path(P).touch(); pathlib.Path(P + '.t').touch()"),
    "pathlib_rename": Way("pathlib.Path(P).rename(P + '.bak')", "os.path.exists(P + '.bak')"),
    "remove": Way("os.remove(P)", GONE),
    "rmtree": Way("shutil.rmtree(D)", EMPTY),
    "rmdir": Way("os.mkdir(D + '/sub'); os.rmdir(D + '/sub')", "not os.path.exists(D + '/sub')"),
    "listed": Way(
        "open(P + '.n', 'w').close()\nf = os.path.dirname(os.path.abspath(P))",
        "{os.path.basename(p) for p in (P, P + '.n', D)} <= {*os.listdir(f)} and "
        "{*os.listdir(f)} == {e.name for e in os.scandir(f)}",
    ),
    "makedirs": Way("os.makedirs(D + '/a/b'); open(D + '/a/b/c', 'w').close()"),
    "removedirs": Way("[os.remove(D + '/' + n) for n in os.listdir(D)]; os.removedirs(D)", EMPTY),
    "rename": Way("os.rename(P, P + '.bak')", "os.path.exists(P + '.bak')"),
    "rename_folder": Way("os.rename(D, D + '.bak')", "os.listdir(D + '.bak')"),
    "replace": Way("open('new', 'w').write('new'); os.replace('new', P)", WRITTEN),
    "move": Way("shutil.move(P, D)", "os.path.exists(os.path.join(D, os.path.basename(P)))"),
    "copy": Way("open('new', 'w').write('new'); shutil.copy('new', P)", WRITTEN),
    "copytree": Way("shutil.copytree(D, D + '2'); shutil.rmtree(D)", "os.listdir(D + '2')"),
    "truncate": Way("os.truncate(P, 0)", "os.path.getsize(P) == 0"),
    "chmod": Way("os.chmod(P, 0o600); os.utime(P, (1, 1))"),
    "from_folder": Way(
        "d = os.open(D, os.O_RDONLY)\n"
        "os.rename('kept', 'new', src_dir_fd=d, dst_dir_fd=d); os.unlink('new', dir_fd=d)",
        "not os.path.exists(os.path.join(D, 'kept'))",
    ),
    "written_from_folder": Way(
        "d = os.open(os.path.dirname(os.path.abspath(P)), os.O_RDONLY)\n"
        "f = os.open(os.path.basename(P), os.O_WRONLY | os.O_TRUNC, dir_fd=d)\n"
        "os.write(f, b'new'); os.close(f)",
        WRITTEN,
    ),
    "descriptor": Way("f = os.open(P, os.O_RDONLY); os.fchmod(f, 0); os.utime(f, (1, 1))"),
    "sent": Way(
        "open('new', 'w').write('new'); a = os.open('new', os.O_RDONLY)\n"
        "b = os.open(P, os.O_WRONLY | os.O_TRUNC); os.sendfile(b, a, 0, 3)",
        WRITTEN,
    ),
    "attributes": Way("os.setxattr(P, 'user.a', b'1')"),
    "shelf": Way("import shelve\nwith shelve.open(P + '.s') as s: s['a'] = 1", module="native"),
    "symlink": Way("os.symlink(P, 'link'); open('link', 'w').write('new')", WRITTEN),
    "hard_link": Way(
        "os.link(P, P + '.hard'); open(P + '.hard', 'w').write('new')",
        "open(P + '.hard').read() == 'new'",
    ),
    "folder_link": Way(
        "os.symlink(os.path.dirname(os.path.abspath(P)), 'way')\n"
        "open('way/' + os.path.basename(P), 'w').write('new')",
        WRITTEN,
    ),
    "pickle": Way("import pickle\nwith open(P, 'wb') as file: pickle.dump(1, file)"),
    "zip": Way("import zipfile\nwith zipfile.ZipFile(P, 'w') as z: z.writestr('a', 'b')"),
    "gzip": Way("import gzip\nwith gzip.open(P, 'wt') as file: file.write('new')"),
    "log": Way("import logging\nlogging.FileHandler(P, 'w').close()", "os.path.getsize(P) == 0"),
    "sqlite": Way(
        "import sqlite3\nc = sqlite3.connect(P + '.db')\nc.execute('create table t (x)')",
        "os.path.exists(P + '.db')",
    ),
    "mmap": Way(
        "import mmap\nwith open(P, 'r+b') as file: mmap.mmap(file.fileno(), 3)[:] = b'new'", WRITTEN
    ),
    "input": Way(
        "import fileinput\nfor line in fileinput.input(P, inplace=True): print('new', end='')",
        WRITTEN,
    ),
    "temporary": Way(
        "with tempfile.NamedTemporaryFile('w', dir=D, delete=False) as f: f.write('new')\n"
        "os.replace(f.name, P)",
        WRITTEN,
    ),
    "thread": Way(
        "import threading\nt = threading.Thread(target=os.remove, args=(P,)); t.start(); t.join()",
        GONE,
    ),
    "at_exit": Way("import atexit\natexit.register(shutil.rmtree, D)"),
    "fork": Way(
        "child = os.fork()\nif not child:\n    os.remove(P)\n    os._exit(0)\nos.waitpid(child, 0)",
        GONE,
        "processes",
    ),
    "c_library": Way("import ctypes\nctypes.CDLL(None).unlink(os.fsencode(P))", GONE, "native"),
    "rm": Way("subprocess.run(['rm', '-rf', D], check=True)", EMPTY, "processes"),
    "cp": Way(
        "open('new', 'w').write('new'); subprocess.check_call(['cp', 'new', P])",
        WRITTEN,
        "processes",
    ),
    "shell": Way("os.system('echo new > \"%s\"' % P)", NEW, "processes"),
    "python": Way(
        "subprocess.run([sys.executable, '-c', 'import os, sys; os.remove(sys.argv[1])', P])",
        GONE,
        "processes",
    ),
    "daemon": Way(
        "subprocess.Popen('rm -rf \"%s\" &' % D, shell=True, start_new_session=True).wait()",
        module="processes",
    ),
    "numpy_save": Way("np.save(P + '.npy', np.ones(3))", "np.load(P + '.npy').sum() == 3", "numpy"),
    "numpy_text": Way("np.savetxt(P, np.ones(3))", "np.loadtxt(P).sum() == 3", "numpy"),
    "numpy_map": Way("np.memmap(P, 'uint8', 'w+', shape=(3,))[:] = 65", module="numpy"),
    "numpy_tofile": Way("np.ones(3).tofile(P)", "np.fromfile(P).sum() == 3", "numpy"),
    "hdf5": Way(
        "import h5py\nwith h5py.File(P, 'w') as file: file['a'] = 1",
        "'a' in h5py.File(P, 'r')",
        "tensorflow",
    ),
    "gfile": Way(
        "with tf.io.gfile.GFile(P, 'w') as file: file.write('new')", WRITTEN, "tensorflow"
    ),
    "gfile_rmtree": Way("tf.io.gfile.rmtree(D)", EMPTY, "tensorflow"),
    "write_file": Way("tf.io.write_file(P, 'new')", WRITTEN, "tensorflow"),
    "checkpoint": Way(
        "k = tf.train.Checkpoint(v=tf.Variable(1.0)).save(os.path.join(D, 'ck'))",
        "tf.train.load_checkpoint(k) is not None",
        "tensorflow",
    ),
    "records": Way(
        "with tf.io.TFRecordWriter(P) as file: file.write(b'new')",
        "len(list(tf.data.TFRecordDataset(P))) == 1",
        "tensorflow",
    ),
    "saved_model": Way(
        "tf.saved_model.save(tf.Module(), D)",
        "os.path.exists(os.path.join(D, 'saved_model.pb'))",
        "tensorflow",
    ),
    "cache": Way("list(tf.data.Dataset.range(3).cache(P + '.cache'))", module="tensorflow"),
    "data_set": Way("tf.data.Dataset.range(3).save(D)", "len(os.listdir(D)) > 1", "tensorflow"),
    "summary": Way(
        "tf.summary.create_file_writer(D).close()",
        "any('tfevents' in name for name in os.listdir(D))",
        "tensorflow",
    ),
}
SCRIPT = Way("os.remove(__file__)", "not os.path.exists(__file__)")
"""The harm that has one road: a script that removes itself."""
