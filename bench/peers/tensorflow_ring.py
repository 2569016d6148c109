"""TensorFlow's own ring over gRPC: MultiWorkerMirroredStrategy with the RING implementation, on CPUs.

    tensorflow_ring.py NP '{"cases": [{"bytes": 4096, "op": "sum", "dtype": "float32", "warmUps": 9}], "seconds": 1, ...}'

Measured as src/collectives/measure-all-reduce.ts does; sums of float32 only. Tensors do not change, so what an
all-reduce gives is a new one, and there is nothing to fill.
"""
import json
import os
import socket
import subprocess
import sys
import time


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def run_ranks(size, plan):
    workers = [f"127.0.0.1:{port}" for port in free_ports(size)]
    ranks = []
    for rank in range(size):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}}
        environment = {
            **os.environ,
            "TF_CONFIG": json.dumps(task),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "",
            "TF_NUM_INTRAOP_THREADS": "1",
        }
        output = None if rank == 0 else subprocess.DEVNULL
        arguments = [sys.executable, __file__, "rank", str(size), plan]
        ranks.append(subprocess.Popen(arguments, env=environment, stdout=output))
    codes = [rank.wait() for rank in ranks]
    sys.exit(max(abs(code) for code in codes))


def measure(size, plan):
    import numpy
    import tensorflow as tf

    options = tf.distribute.experimental.CommunicationOptions(
        implementation=tf.distribute.experimental.CommunicationImplementation.RING
    )
    strategy = tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)
    rank = strategy.cluster_resolver.task_id
    assert strategy.num_replicas_in_sync == size

    def reducer(reduce_op):
        def in_replica(tensor):
            # Reductions go to where a tensor is, and in a function it is nowhere until it is told.
            with tf.device("CPU:0"):
                here = tf.identity(tensor)
            return tf.distribute.get_replica_context().all_reduce(reduce_op, here, options=options)

        return tf.function(lambda tensor: strategy.run(in_replica, args=(tensor,)))

    total = reducer(tf.distribute.ReduceOp.SUM)

    def barrier():
        total(tf.constant([1.0])).numpy()

    def from_rank(root, values):
        """The root's, on every rank, through the one reduction there is."""
        return total(tf.constant(values if rank == root else [0.0] * len(values))).numpy()

    def largest(values):
        return numpy.max([from_rank(root, values) for root in range(size)], axis=0).tolist()

    def cells(count, of_rank):
        return (numpy.arange(count) % 1021 + 1 + of_rank).astype(numpy.float32)

    for case in plan["cases"]:
        if case["op"] != "sum" or case["dtype"] != "float32":
            continue
        count = case["bytes"] // 4
        mine = tf.constant(cells(count, rank))
        expected = sum(cells(count, other) for other in range(size))
        some = [0, count // 2, count - 1]

        def once():
            from_start = time.perf_counter()
            barrier()
            start = time.perf_counter()
            result = total(mine).numpy()
            end = time.perf_counter()
            assert (result[some] == expected[some]).all(), f"wrong {case} on rank {rank}"
            return (end - start) * 1e6, time.perf_counter() - from_start, result

        fastest = min(once()[1] for _ in range(case["warmUps"]))
        wanted = plan["seconds"] / largest([fastest])[0]
        runs = round(min(plan["maxRuns"], max(plan["minRuns"], wanted)))
        durations = [once()[0] for _ in range(runs)]
        assert (once()[2] == expected).all(), f"wrong {case} on rank {rank}"
        slowest = largest(durations)
        if rank == 0:
            print(json.dumps({**case, "durationsUs": slowest}), flush=True)
    barrier()
    # Nothing is left to do, and taking the cluster down has its own ways to hang.
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "rank":
        measure(int(sys.argv[2]), json.loads(sys.argv[3]))
    else:
        run_ranks(int(sys.argv[1]), sys.argv[2])
