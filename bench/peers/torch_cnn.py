"""PyTorch on the network of src/training/cnn.ts: alone at np 1, DistributedDataParallel over Gloo above.

    torch_cnn.py NP '{"warmUpSteps": 10, "steps": 10, "repeats": 5}'

One thread a rank, noise as data, and the same clock as measure-training.ts: from a barrier to the end of the
slowest rank. Prints the same line of JSON.
"""
import json
import os
import sys
import tempfile
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

BATCH_SIZE = 64


def network():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10),
    )


def measure(rank, np, plan, rendezvous):
    torch.set_num_threads(1)
    torch.manual_seed(1 + rank)
    model = network()
    if np > 1:
        os.environ["GLOO_SOCKET_IFNAME"] = "lo"
        dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=np)
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    loss_of = nn.CrossEntropyLoss()
    images = torch.rand(BATCH_SIZE, 1, 28, 28)
    labels = torch.randint(0, 10, (BATCH_SIZE,))

    def train(steps):
        """Milliseconds of the slowest rank, and the last loss."""
        if np > 1:
            dist.barrier()
        start = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            optimizer.step()
        elapsed = torch.tensor([(time.perf_counter() - start) * 1000], dtype=torch.float64)
        if np > 1:
            dist.all_reduce(elapsed, op=dist.ReduceOp.MAX)
        return elapsed.item(), loss.item()

    first_loss = train(1)[1]
    train(plan["warmUpSteps"])
    repeats = [train(plan["steps"]) for _ in range(plan["repeats"])]
    assert repeats[-1][1] < first_loss, "the loss did not fall"
    if rank == 0:
        repeat_ms = [ms for ms, _ in repeats]
        print(json.dumps({"steps": plan["steps"], "batchSize": BATCH_SIZE, "repeatMs": repeat_ms}), flush=True)
    if np > 1:
        # Taking Gloo down hangs in one of ten runs (PyTorch 1.13), when all is measured and said.
        dist.barrier()
        os._exit(0)


if __name__ == "__main__":
    world, wanted = int(sys.argv[1]), json.loads(sys.argv[2])
    if world == 1:
        measure(0, 1, wanted, None)
    else:
        with tempfile.TemporaryDirectory() as folder:
            mp.spawn(measure, args=(world, wanted, f"file://{folder}/rendezvous"), nprocs=world)
