"""Scripts that harm files, by what does it: a section each, its name behind ``##``.

``P`` is a file that holds ``old``, ``D`` a folder; what is imported, see ``file_harm.py``.
"""

from __future__ import annotations

LIBRARIES = """\
## json
import json
with open(P, 'w') as f: json.dump([1], f)
assert json.load(open(P)) == [1]
## csv
import csv
with open(P, 'w', newline='') as f: csv.writer(f).writerow([1, 2])
assert open(P).read().strip() == '1,2'
## print
with open(P, 'w') as f: print('new', file=f)
assert open(P).read() == 'new\\n'
## redirected
import contextlib
with open(P, 'w') as f, contextlib.redirect_stdout(f): print('new')
assert open(P).read() == 'new\\n'
## standard_output
kept = sys.stdout; sys.stdout = open(P, 'w'); print('new')
sys.stdout.close(); sys.stdout = kept
assert open(P).read() == 'new\\n'
## configuration
import configparser
c = configparser.ConfigParser(); c['a'] = {'b': '1'}
with open(P, 'w') as f: c.write(f)
assert '[a]' in open(P).read()
## properties
import plistlib
with open(P, 'wb') as f: plistlib.dump({'a': 1}, f)
## xml
import xml.etree.ElementTree as e
e.ElementTree(e.Element('a')).write(P)
assert e.parse(P).getroot().tag == 'a'
## tar
import tarfile
with tarfile.open(P, 'w:gz') as t: t.add(D, 'd')
with tarfile.open(P) as t: t.extractall(D)
assert os.listdir(os.path.join(D, 'd'))
## unzip
import zipfile
with zipfile.ZipFile(P, 'w') as z: z.writestr('kept', 'new')
with zipfile.ZipFile(P) as z: z.extractall(D)
assert open(os.path.join(D, 'kept')).read() == 'new'
## archive
shutil.make_archive(P, 'zip', D)
assert os.path.exists(P + '.zip')
## unpacked
shutil.unpack_archive(shutil.make_archive('new', 'tar', D), D + '/in')
assert os.path.exists(D + '/in/kept')
## bz2
import bz2
with bz2.open(P, 'wt') as f: f.write('new')
assert bz2.open(P, 'rt').read() == 'new'
## lzma
import lzma
with lzma.open(P, 'wt') as f: f.write('new')
assert lzma.open(P, 'rt').read() == 'new'
## profile
import cProfile
p = cProfile.Profile(); p.runcall(len, ''); p.dump_stats(P)
assert os.path.getsize(P) > 3
## memory
import tracemalloc
tracemalloc.start(); tracemalloc.take_snapshot().dump(P)
tracemalloc.stop()
## faults
import faulthandler
f = open(P, 'w'); faulthandler.enable(f)
faulthandler.dump_traceback(f); f.flush()
assert 'File' in open(P).read()
## compiled
import py_compile
open(P + '.py', 'w').write('a = 1')
assert os.path.exists(py_compile.compile(P + '.py', doraise=True))
## all_compiled
import compileall
open(D + '/a.py', 'w').write('a = 1')
compileall.compile_dir(D, quiet=2)
assert os.path.exists(D + '/__pycache__')
## logging
import logging
logging.basicConfig(filename=P, filemode='w', force=True)
logging.warning('new')
assert 'new' in open(P).read()
## rotated
import logging.handlers as h, logging
r = h.RotatingFileHandler(P, maxBytes=1, backupCount=2)
r.emit(logging.makeLogRecord({'msg': 'new'})); r.doRollover(); r.close()
assert os.path.exists(P + '.1')
## dumb_table
import dbm.dumb
with dbm.dumb.open(P, 'n') as t: t['a'] = 'b'
assert os.path.exists(P + '.dat')
## sqlite_rows
import sqlite3
c = sqlite3.connect(D + '/t.db')
c.executescript('create table t (x); insert into t values (1)'); c.commit(); c.close()
assert sqlite3.connect(D + '/t.db').execute('select x from t').fetchall() == [(1,)]
## archives_of_numpy
np.savez(P + '.npz', a=np.ones(3)); np.savez_compressed(P, a=np.ones(3))
assert np.load(P + '.npz')['a'].sum() == 3
np.savez(D + '/two.npz', a=np.ones(3))
assert np.load(P + '.npz')['a'].sum() == 3
## numpy_map_kept
np.save(P + '.npy', np.zeros(3))
array = np.lib.format.open_memmap(P + '.npy', mode='r+'); array[:] = 1; array.flush()
assert np.load(P + '.npy').sum() == 3
## buffered
f = open(P, 'rb+', buffering=0); f.truncate(0); f.write(b'new'); f.close()
assert open(P).read() == 'new'
## positioned
f = os.open(P, os.O_RDWR); os.pwrite(f, b'new', 0); os.ftruncate(f, 3)
os.close(f)
assert open(P).read() == 'new'
## vectors
f = os.open(P, os.O_WRONLY | os.O_TRUNC); os.writev(f, [b'n', b'ew']); os.close(f)
assert open(P).read() == 'new'
## allocated
f = os.open(P, os.O_RDWR); os.posix_fallocate(f, 0, 100); os.close(f)
assert os.path.getsize(P) == 100
## copied_range
open('new', 'w').write('new'); a = os.open('new', os.O_RDONLY)
b = os.open(P, os.O_WRONLY | os.O_TRUNC); os.copy_file_range(a, b, 3)
assert open(P).read() == 'new'
## locked
import fcntl
f = open(P, 'r+'); fcntl.flock(f, fcntl.LOCK_EX); f.truncate(0)
f.close()
assert os.path.getsize(P) == 0
## owner
os.chown(P, os.getuid(), os.getgid()); shutil.chown(D, os.getuid())
## fifo
os.mkfifo(P + '.pipe')
assert os.path.exists(P + '.pipe')
## umask
os.umask(0); os.makedirs(D + '/a', mode=0o777)
assert os.path.isdir(D + '/a')
## socket
import socket
s = socket.socket(socket.AF_UNIX); os.chdir(D); s.bind('s'); s.close()
assert os.path.exists('s')
## links
pathlib.Path(P + '.a').symlink_to(P); os.replace(P + '.a', P + '.b')
open(P + '.b', 'w').write('new')
assert open(P).read() == 'new'
## hidden
open(os.path.join(BASE, '.gitignore'), 'w').write('*')
open(os.path.join(BASE, 'pyproject.toml'), 'a').write('x')
## cleaned
import glob
for p in glob.glob(os.path.join(D, '*')): os.unlink(p)
assert not os.listdir(D)
## walked
for folder, _, names in os.walk(D, topdown=False):
    for name in names: os.remove(os.path.join(folder, name))
    os.rmdir(folder)
assert not os.path.exists(D)
## kept_copies
shutil.copy2(P, P + '.2'); shutil.copystat(D, P); shutil.copymode(D, P + '.2')
assert open(P + '.2').read() == 'old'
"""
"""Modules of Python, and NumPy."""
PROCESSES = """\
## sed
open(P, 'w').write('old\\n'); subprocess.check_call(['sed', '-i', 's/old/new/', P])
assert open(P).read() == 'new\\n'
## redirection
subprocess.check_call(['sh', '-c', 'echo new > "$1"', 'sh', P])
assert open(P).read() == 'new\\n'
## opened_for_it
with open(P, 'w') as f: subprocess.check_call(['echo', 'new'], stdout=f)
assert open(P).read() == 'new\\n'
## popen
os.popen('rm -f "%s"' % P).read()
assert not os.path.exists(P)
## spawned
os.spawnlp(os.P_WAIT, 'rm', 'rm', '-f', P)
assert not os.path.exists(P)
## posix_spawned
c = os.posix_spawnp('rm', ['rm', '-f', P], os.environ); os.waitpid(c, 0)
assert not os.path.exists(P)
## terminal
import pty
pty.spawn(['rm', '-f', P])
assert not os.path.exists(P)
## multiprocessing
import multiprocessing as processes
c = processes.get_context('fork').Process(target=os.remove, args=(P,)); c.start(); c.join()
assert not os.path.exists(P)
## spawning
import multiprocessing as processes
c = processes.get_context('spawn').Process(target=os.remove, args=(P,)); c.start(); c.join(20)
## pool
from concurrent.futures import ProcessPoolExecutor as E
import multiprocessing as processes
with E(1, processes.get_context('fork')) as e: e.submit(os.remove, P).result()
assert not os.path.exists(P)
## threads
from concurrent.futures import ThreadPoolExecutor as E
with E(2) as e: list(e.map(os.remove, [P, D + '/kept']))
assert not os.path.exists(P)
## timer
import threading
t = threading.Timer(0, os.remove, (P,)); t.start(); t.join()
assert not os.path.exists(P)
## late_timer
import threading
threading.Timer(0.2, shutil.rmtree, (D,)).start()
## asyncio
import asyncio
async def harm():
    p = await asyncio.create_subprocess_exec('rm', '-f', P); await p.wait()
asyncio.run(harm())
assert not os.path.exists(P)
## forked_twice
if not os.fork():
    os.setsid()
    if not os.fork():
        import time
        time.sleep(0.1); shutil.rmtree(D)
    os._exit(0)
## replaced_child
child = os.fork()
if not child: os.execvp('rm', ['rm', '-rf', D])
os.waitpid(child, 0)
assert not os.path.exists(D)
## git
r = dict(cwd=D, check=True, capture_output=True)
subprocess.run(['git', 'init'], **r); subprocess.run(['git', 'add', '-A'], **r)
assert os.path.exists(D + '/.git/index')
## git_clean
r = dict(cwd=D, check=True, capture_output=True)
subprocess.run(['git', 'init'], **r); subprocess.run(['git', 'clean', '-fdx'], **r)
assert not os.path.exists(D + '/kept')
## pip
subprocess.run([sys.executable, '-m', 'pip', 'install', '--no-index', '-t', D, '.'])
## python_module
subprocess.check_call([sys.executable, '-m', 'zipfile', '-c', P, D])
## from_its_folder
subprocess.check_call('rm kept; echo new > new', shell=True, cwd=D)
assert os.listdir(D) == ['new']
## find
subprocess.check_call(['find', D, '-delete'])
assert not os.path.exists(D)
## dd
subprocess.check_call(['dd', 'if=/dev/zero', 'of=' + P, 'count=1'],
    stderr=subprocess.DEVNULL)
assert os.path.getsize(P) == 512
## ln
subprocess.check_call(['ln', '-sf', '/etc/hostname', P])
assert os.path.islink(P)
## c_writes
import ctypes
c = ctypes.CDLL(None)
f = c.open(os.fsencode(P), 0o1001)
c.write(f, b'new', 3); c.close(f)
assert open(P).read() == 'new'
## c_renames
import ctypes
ctypes.CDLL(None).rename(os.fsencode(P), os.fsencode(P + '.c'))
assert os.path.exists(P + '.c')
## c_system
import ctypes
ctypes.CDLL(None).system(b'rm -rf ' + os.fsencode(D))
assert not os.path.exists(D)
"""
"""Other programs, threads and native code."""
