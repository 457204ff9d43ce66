"""Files of weights as PyTorch writes them, small, for the tests: python3 weights.py FOLDER. What the tensors hold is said by WeightsFileTests.cs."""
import collections
import sys

import torch

folder = sys.argv[1]
base = torch.arange(12, dtype=torch.float32)
tensors = collections.OrderedDict(
    plain=base.reshape(3, 4),
    shared=base[4:8],  # the same storage, from its fifth element on
    transposed=torch.arange(6, dtype=torch.float32).reshape(2, 3).t(),
    channels_last=torch.arange(24, dtype=torch.float32).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
    half=torch.tensor([1.5, -2.0], dtype=torch.float16),
    bfloat=torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    double=torch.tensor([0.1], dtype=torch.float64),
    count=torch.tensor(7, dtype=torch.int64),
    flags=torch.tensor([True, False]),
    bytes=torch.tensor([0, 255], dtype=torch.uint8),
    empty=torch.zeros(0, 3),
    parameter=torch.nn.Parameter(torch.tensor([3.0])),
)
torch.save(tensors, f"{folder}/new.pth")
torch.save(tensors, f"{folder}/old.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "lr": 0.5, "state_dict": tensors, "note": "a checkpoint"}, f"{folder}/checkpoint.pth")
torch.save(torch.zeros(3), f"{folder}/tensor.pth")
torch.save({"x": torch.zeros(1).expand(1000)}, f"{folder}/expanded.pth")
torch.save(torch.nn.Linear(2, 2), f"{folder}/module.pth")  # a pickled class: wants to run code
torch.jit.script(torch.nn.Linear(2, 2)).save(f"{folder}/script.pth")
