"""Speed and memory, measured beside a peer in one run where there is one.

    python -m tests.benchmarks                           all of them
    python -m tests.benchmarks starting opening          some
    python -m tests.benchmarks --labelme PYTHON          with that labelme
    python -m tests.benchmarks converting --datumaro PYTHON   beside that datumaro
    python -m tests.benchmarks --detectors FOLDER        with detectors of your own

Each thing is done several times, in turn with its peer, each time in a process of its
own; what is told is the median. They are no tests: a slow computer fails none.
"""
