"""What the three SageMaker jobs (embed, train, evaluate) share.

Two settings are made here because OpenMP and cuBLAS read them when torch loads, and this runs before that.
"""

import atexit
import gc
import os

# Threads that wait by spinning starve whoever shares the cores. With Embed and Train on 2 cores they made training
# several times slower than threads that sleep; alone there is no difference.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# cuBLAS gives the same bits again only with a workspace of fixed size.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

# The end of the interpreter looks for garbage several times. Looking through all of torch takes it 0.3 s of CPU.
atexit.register(gc.freeze)
