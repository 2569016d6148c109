"""Gloo through torch.distributed: all-reduces in place, measured as src/collectives/measure-all-reduce.ts does.

    gloo.py NP '{"cases": [{"bytes": 4096, "op": "sum", "dtype": "float32", "warmUps": 9}], "seconds": 1, ...}'
"""
import json
import os
import sys
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

OPS = {
    "sum": dist.ReduceOp.SUM,
    "min": dist.ReduceOp.MIN,
    "max": dist.ReduceOp.MAX,
    "product": dist.ReduceOp.PRODUCT,
}


def cells(case, rank):
    """What `rank` gives; see src/collectives/cells.ts."""
    period = 3 if case["op"] == "product" else 1021
    dtype = torch.float32 if case["dtype"] == "float32" else torch.int32
    return (torch.arange(case["bytes"] // 4) % period + 1 + rank).to(dtype)


def reduced_cells(case, size):
    result = cells(case, 0)
    for rank in range(1, size):
        other = cells(case, rank)
        if case["op"] == "sum":
            result += other
        elif case["op"] == "product":
            result *= other
        elif case["op"] == "max":
            result = other
    return result


def largest(values):
    tensor = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(tensor, op=dist.ReduceOp.MAX)
    return tensor.tolist()


def measure_case(case, plan, rank, size):
    mine, expected = cells(case, rank), reduced_cells(case, size)
    buffer = torch.empty_like(mine)
    some = torch.tensor([0, len(buffer) // 2, len(buffer) - 1])

    def once():
        """Microseconds of the all-reduce, and seconds of everything."""
        filled_from = time.perf_counter()
        buffer.copy_(mine)
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(buffer, op=OPS[case["op"]])
        end = time.perf_counter()
        assert torch.equal(buffer[some], expected[some]), f"wrong {case} on rank {rank}"
        return (end - start) * 1e6, time.perf_counter() - filled_from

    fastest = min(once()[1] for _ in range(case["warmUps"]))
    wanted = plan["seconds"] / largest([fastest])[0]
    runs = round(min(plan["maxRuns"], max(plan["minRuns"], wanted)))
    durations = [once()[0] for _ in range(runs)]
    assert torch.equal(buffer, expected), f"wrong {case} on rank {rank}"
    return largest(durations)


def measure(rank, size, plan, rendezvous):
    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=size)
    for case in plan["cases"]:
        durations = measure_case(case, plan, rank, size)
        if rank == 0:
            print(json.dumps({**case, "durationsUs": durations}), flush=True)
    # Taking Gloo down hangs in one of ten runs (PyTorch 1.13), when all is measured and said.
    dist.barrier()
    os._exit(0)


if __name__ == "__main__":
    world, wanted_plan = int(sys.argv[1]), json.loads(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(measure, args=(world, wanted_plan, f"file://{folder}/rendezvous"), nprocs=world)
