#!/usr/bin/python3
"""The epoch of tests/bench/neural_epoch.cpp in PyTorch on one thread: torch_epoch.py WORKLOAD.json"""
import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
with open(sys.argv[1]) as file:
    workload = json.load(file)


def matrix(a):  # column by column there; here a condition is a row
    return torch.from_numpy(np.array(a["values"], dtype=np.float32).reshape(-1, a["rows"]).copy())


W1, B, b, V, v = (matrix(workload[name]).requires_grad_() for name in ("W1", "B", "b", "V", "v"))
weights = [W1, B, b, V, v]
observed = {int(t): matrix(a) for t, a in workload["observed"].items()}
h, rate = workload["step"], workload["rate"]
steps = round(max(observed) / h)
zero = torch.zeros(60, W1.shape[0])


def epoch():
    drive = B + b  # one-hot edits: a look-up, once a flow

    def slope(x):
        return torch.addmm(v, torch.tanh(torch.addmm(drive, x, W1)), V)

    x, loss = zero, 0.0
    for step in range(1, steps + 1):
        k1 = slope(x)
        k2 = slope(x + h / 2 * k1)
        k3 = slope(x + h / 2 * k2)
        k4 = slope(x + h * k3)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        day = step * h
        if day in observed:
            loss = loss + 0.5 * ((x - observed[int(day)]) ** 2).sum()
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for w, g in zip(weights, gradients):
            w -= rate * g
    return float(loss.detach())


losses, milliseconds = [], []
for _ in range(120):
    start = time.perf_counter()
    losses.append(epoch())
    milliseconds.append(1000 * (time.perf_counter() - start))
timed = sorted(milliseconds[20:])
print(json.dumps({"name": "neural_epoch", "ms": timed[len(timed) // 2], "fastest_ms": timed[0], "first_loss": losses[0],
                  "loss_30": losses[30], "version": torch.__version__, "threads": torch.get_num_threads()}))
