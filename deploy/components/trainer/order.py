"""The order in which pictures are learned: batches from one bucket each, every picture equally often."""

import torch


class DataOrder:
    """Next batch from the bucket that is furthest behind; shuffled inside a bucket, epoch by epoch.

    A bucket smaller than a batch repeats its pictures (with other noise), so that no picture is ever
    dropped. The whole state can be saved and restored.
    """

    def __init__(self, buckets, batch_size, seed):
        """`buckets`: {bucket key: [index of picture, ...]}."""
        self.buckets = {key: list(buckets[key]) for key in sorted(buckets)}
        self.batch_size = batch_size
        self.generator = torch.Generator().manual_seed(seed)
        self.queues = {key: [] for key in self.buckets}
        self.seen = {key: 0 for key in self.buckets}

    def next_batch(self):
        key = min(self.buckets, key=lambda key: (self.seen[key] / len(self.buckets[key]), key))
        batch = []
        while len(batch) < self.batch_size:
            if not self.queues[key]:
                order = torch.randperm(len(self.buckets[key]), generator=self.generator).tolist()
                self.queues[key] = [self.buckets[key][place] for place in order]
            batch.append(self.queues[key].pop(0))
        self.seen[key] += len(batch)
        return batch

    def state(self):
        return {
            "generator": self.generator.get_state(),
            "queues": {key: list(queue) for key, queue in self.queues.items()},
            "seen": dict(self.seen),
        }

    def restore(self, state):
        self.generator.set_state(state["generator"])
        self.queues = {key: list(queue) for key, queue in state["queues"].items()}
        self.seen = dict(state["seen"])
