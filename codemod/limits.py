"""Every limit of the tool's own side, with its reason.

Those of the analysis are in ``transforms``, those of what runs in the user's interpreter in
``codemod/verify/child/limits.py``.
"""

from __future__ import annotations

TIME_LIMIT = 300.0
"""Seconds for one run of one side: large models take minutes to build, trace and run."""
RUN_PART, TRIED_PART = 1 / 3, 2 / 3
"""The parts of that time in which running files, and making up calls in them, may show nothing new
before the search for models ends: packages that import much take twenty seconds for each file."""
START_LIMIT = 30.0
"""Seconds until an interpreter says that it runs: what is silent longer is something else."""
IMPORT_LIMIT = 300.0
"""Seconds for the import of TensorFlow: from a slow disk it takes a minute."""
GRACE = 60.0
"""Seconds that an answer may come late: a worker ends a job that runs too long itself."""
END_LIMIT = 5.0
"""Seconds for a worker to end its children and itself, before it is killed."""
MEMORY_SHARE = 0.75
"""The part of the memory for all verifications: a blow-up ends its run, and nothing else."""
MEMORY_OF_A_JOB = 4 << 30
"""Bytes for one verification by default: TensorFlow under both Keras, and the models."""
TRIALS = 24
"""Verifications in the search for a failing layer: two for each halving, so one of 4,096."""
FILES_LISTED = 10
"""Files that an interrupted run names; of more it tells the number."""
ANNOTATIONS = 10
"""Annotations of each level that GitHub shows for one step of a workflow."""
PLACES_LISTED = 8
"""Places that a reason names in the text report; of more it tells the number."""
OPS_LISTED = 4
"""Ops that a line names; a run may hold dozens, and its lines say where they are."""
CALLS_LISTED = 3
"""Calls tried in vain that the text report shows for a file; each is a line."""
MODELS_LISTED = 6
"""Models that the text report names; of more it tells the number."""
ENTRIES = 30
"""Files that are run for the sake of what they import, for each file: each takes seconds."""
FILES_BESIDE, FOLDERS_ABOVE = 1000, 4
"""How many files of a project are looked through for imports, and how far above it may begin."""
VARIANTS = 24
HELPER_VARIANTS = 8
"""Calls of builders with other values, for each run: the largest table of activations, twice."""
MENDS_TRIED = 12
"""Mends that are verified one by one where all of them together fail: each takes seconds."""
OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""New objects before Python looks for garbage: with its own number, 700, a quarter more time."""
DEBOUNCE = 0.15
"""Seconds without a key before the language server looks: keys of one word come faster."""
ANALYSES_AT_ONCE = 2
"""Documents that the language server analyses at once: a long one does not hold up another."""
CONFIGURATION_LIMIT = 2.0
"""Seconds that a client has to tell its settings: those of a file are asked for when it opens."""
STACK_OF_A_THREAD = 64 << 20
"""Bytes of stack for threads that analyse: deep sources need what the main thread has."""
LINES_OF_HOVER = 40
"""Lines of planned code that a hover shows; what is longer hides the source."""
TREES_KEPT = 500
"""Parsed files that the language server keeps, for it parses what a buffer imports: 100 MB."""
DIFF_LINES_OF_FILE, DIFF_LINES = 3_000, 60_000
"""Lines of the diff of one file, and of all, on a page: browsers show so many at once."""
LINE_SHOWN = 500
"""Characters of a line that a page shows; what is longer is data."""
LINES_OF_EXCERPT = 12
"""Lines of a finding that a page shows: longer expressions are in the diff, or in the file."""
LAYERS_DRAWN = 300
"""Layers of a graph that a page draws, a second of its time; of larger ones what has changed."""
GRAPHS_DRAWN = 200
"""Models whose graphs a page holds: each is some ten thousand characters."""
FILES_OF_PAGE = 2_000
"""Files that have a section on a page; of more it tells the number."""
NAMES_OF_PAGE = 1_000
"""Unchanged files that a page names; of more it tells the number."""
QUESTION_LIMIT = 5.0
"""Seconds for an interpreter to list its packages: it takes a twentieth; else there is no cache."""
GIT_STATUS_LIMIT = 2.0
"""Seconds for git to say what is not committed: that is only a note."""
LOCKED_FOLDERS = 200
"""Folders of one run that others are kept from: each takes an open file, of 1,024 at most."""
CACHE_DAYS, CACHE_BYTES = 30, 256 << 20
"""How long what nobody uses stays in the cache, and how much of it: a verdict has about 10 kB."""
CACHE_ENTRY_BYTES = 64 << 20
"""The largest entry of the cache: the report on 10,000 files."""
CACHE_SWEEP_SECONDS = 86_400.0
"""How often the cache is looked through for old entries: that takes a stat for each."""
CACHED_FILES = 20_000
"""Files of a project that the cache looks at, half a second; of more it keeps nothing."""
CACHED_FOLDERS = 40
"""Folders that links in a project lead to, which are looked at like its own: a few are usual."""
CACHED_CONTENT, CACHED_CONTENTS = 1 << 20, 64 << 20
"""Bytes up to which the content of a file counts, and of all; of others, size and times do."""
CACHED_ANSWERS = 8
"""Answers to one question that differ in what was read: more branches than one works on."""
CACHED_READS = 2_000
"""Files outside of the project that an answer may come from: each is read again in each run."""
STEADY = 100_000_000
"""Nanoseconds: how much older than a run files are that have surely not changed in it, for file
systems count time in steps."""
REPORT_BYTES = 1 << 30
"""The largest report of a shard that is joined with others, unpacked: 10,000 files and diffs."""
CONNECT_LIMIT = 5.0
"""Seconds for a cluster to answer, and to have a worker: one that is there takes a tenth."""
PATIENCE_WITH_A_CLUSTER = 60.0
"""Seconds that a cluster may be without workers in a run: new ones are started in that time."""
LOOKS_AT_A_CLUSTER = 1.0
"""Seconds between two looks at which workers there are: each is a question to the scheduler."""
SENT_FILES, SENT_FILE, SENT_BYTES = 20_000, 16 << 20, 256 << 20
"""Files of a project that workers are sent, bytes of one, and of all: sources and vocabularies fit,
weights and data sets do not, and each worker keeps them."""
SENT_AT_ONCE = 16 << 20
"""Bytes in one message to a worker: the scheduler passes all of them on."""
GROUPS_OF_A_SESSION = 100
"""Groups that a worker of a cluster verifies before it starts TensorFlow anew, which takes one of
some hundred parts of that time: what models leave in memory and on the disk goes with it."""
MODELS_OF_A_JOB = 8
"""Files with models, of those that belong together, that one job of a cluster verifies: each job
analyses all of them, which takes as long as the verification of a small one for a hundred files."""
TREES_OF_A_WORKER = 3
"""Projects that a worker of a cluster has on its disk."""
SHARDS = 10_000
"""Parts of a run: a job of CI for each file of the largest tree."""
