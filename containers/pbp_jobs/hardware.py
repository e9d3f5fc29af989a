"""Which device, how much it holds, and which number format it multiplies fastest without hurting the result."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

import torch

from .contract import JobError

# More pieces than this in a step go through in parts. BERT-base takes 7 GB for 16,384 on a GPU and 24 GB for 65,536.
PIECES_TOGETHER, PIECES_TOGETHER_LARGE_GPU = 16384, 65536
LARGE_GPU_BYTES = 40 * 2**30


def choose_hardware(error_name: str) -> tuple[torch.device, torch.dtype]:
    """A GPU if there is one, else all cores. bf16 where the hardware multiplies it faster than fp32 (GPUs since Ampere,
    CPUs with AMX, AMD's with avx512_bf16, Arm's with bf16), fp16 on older GPUs, fp32 on other CPUs.

    Errors: error_name where there is a GPU that this PyTorch was built for and cannot use.
    """
    keep_freed_memory()
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16 if torch.cuda.is_bf16_supported(False) else torch.float16
    refuse_idle_gpu(error_name)
    use_all_cores()
    return torch.device("cpu"), torch.bfloat16 if cpu_multiplies_bf16() else torch.float32


def refuse_idle_gpu(error_name: str, gpu: Path = Path("/dev/nvidiactl")) -> None:
    """Where the driver is too old, torch warns and says that there is no GPU: the CPU would work for days, at the price
    of the GPU. CUDA_VISIBLE_DEVICES= says that the CPU is meant."""
    if torch.version.cuda and gpu.exists() and os.environ.get("CUDA_VISIBLE_DEVICES") != "":
        raise JobError(
            error_name,
            f"GPU: PyTorch, built for CUDA {torch.version.cuda}, cannot use the one of this host, whose driver may be"
            " older; take an image with an older CUDA or another instance type, or set CUDA_VISIBLE_DEVICES to nothing",
        )


def use_all_cores() -> None:
    """SageMaker's Hugging Face image starts us with OMP_NUM_THREADS=1, as if every core ran its own process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(cores)


def keep_freed_memory() -> None:
    """glibc returns every large block to the system and gets it back zeroed, a page fault per 4 KiB. Keeping up to
    1 GiB made a training step up to 1.5 times faster."""
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_threshold, 1 << 30)
        libc.mallopt(trim_threshold, 1 << 30)


def cpu_multiplies_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether bf16 is the faster one. Asked of Linux; elsewhere False: correct, only slower.

    Intel's avx512_bf16 without AMX, as virtual machines show it, takes twice as long as fp32 for the products of MiniLM
    (80 against 150 GFLOP/s a core, torch 2.13); AMD's takes less than half. The processor tells, not a measurement: two
    runs on one machine must not differ because it was busy.
    """
    try:
        lines = cpuinfo.read_text("utf-8").splitlines()
    except OSError:
        return False
    words = {
        word for line in lines if line.lower().startswith(("flags", "features", "vendor_id")) for word in line.split()
    }
    return not words.isdisjoint({"amx_bf16", "bf16"}) or words >= {"avx512_bf16", "AuthenticAMD"}


def pieces_together(device: torch.device) -> int:
    if device.type != "cuda" or torch.cuda.get_device_properties(device).total_memory < LARGE_GPU_BYTES:
        return PIECES_TOGETHER
    return PIECES_TOGETHER_LARGE_GPU
