"""Checkpoints as people write them, small, for the tests: python3 checkpoints.py FOLDER. What they hold is said by CheckpointFileTests.cs."""
import argparse
import collections
import datetime
import decimal
import enum
import fractions
import pathlib
import sys
import types
import uuid

import numpy
import torch

folder = sys.argv[1]
net = torch.nn.Sequential(collections.OrderedDict(fc=torch.nn.Linear(3, 2)))
with torch.no_grad():
    net.fc.weight.copy_(torch.arange(6.0).reshape(2, 3))
    net.fc.bias.copy_(torch.tensor([7.0, 8.0]))
weights = net.state_dict()
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(1, 3)).sum().backward()
optimizer.step()
with torch.no_grad():
    net.fc.weight.copy_(torch.arange(6.0).reshape(2, 3))
    net.fc.bias.copy_(torch.tensor([7.0, 8.0]))


class Colour(enum.Enum):
    RED = 1


class Settings:
    def __init__(self):
        self.rate = 0.1


odd = {
    "best_acc1": torch.tensor(71.5),
    "complex": torch.zeros(2, dtype=torch.complex64),
    "numpy scalar": numpy.float64(0.5),
    "numpy array": numpy.arange(4.0),
    "numpy type": numpy.dtype("float32"),
    "set": {1, 2},
    "frozenset": frozenset({1, 2}),
    "bytes": b"abc",
    "bytearray": bytearray(b"abc"),
    "device": torch.device("cpu"),
    "dtype": torch.float16,
    "size": torch.Size([1, 2]),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "counter": collections.Counter("abca"),
    "deque": collections.deque([1, 2]),
    "namespace": argparse.Namespace(lr=0.1, device=torch.device("cpu")),
    "simple namespace": types.SimpleNamespace(a=1),
    "date": datetime.datetime(2024, 1, 2),
    "path": pathlib.PurePosixPath("/a/b"),
    "enum": Colour.RED,
    "object": Settings(),
    "class": Settings,
    "decimal": decimal.Decimal("1.5"),
    "fraction": fractions.Fraction(1, 3),
    "uuid": uuid.UUID(int=5),
    "complex number": 1 + 2j,
    "range": range(5),
    "slice": slice(1, 2),
    "big": 10**30,
    "layout": torch.strided,
    "generator": torch.get_rng_state(),
}
prefixed = collections.OrderedDict((f"module.{k}", v) for k, v in weights.items())
files = {
    "imagenet": {"epoch": 3, "arch": "net", "state_dict": weights, "best_acc1": torch.tensor(71.5), "optimizer": optimizer.state_dict(),
                 "scheduler": {"last_epoch": 3, "_last_lr": [0.1]}},
    "odd": {**odd, "state_dict": weights},
    "lightning": {"epoch": 1, "pytorch-lightning_version": "2.0", "state_dict": weights, "callbacks": {"best": {"score": torch.tensor(0.5)}},
                  "optimizer_states": [optimizer.state_dict()], "hyper_parameters": argparse.Namespace(a=1)},
    "model": {"model": weights, "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state()},
    "model_state_dict": {"model_state_dict": weights, "optimizer_state_dict": optimizer.state_dict(), "loss": torch.tensor(0.5)},
    "ema": {"state_dict_ema": weights, "metric": numpy.float64(1)},
    "net": {"net": weights, "acc": 91.2, "epoch": 7},
    "weights": {"weights": weights, "meta": torch.zeros(3)},
    "nested": {"model": {"state_dict": weights, "args": {"x": 1}}, "step": torch.tensor(3)},
    "own name": {"my_network": weights, "step": torch.tensor(3)},
    "tuple": (weights, optimizer.state_dict()),
    "parameters": dict(net.named_parameters()),
    "defaultdict": collections.defaultdict(lambda: None) if False else collections.defaultdict(list, weights),
}
for name, content in files.items():
    torch.save(content, f"{folder}/{name}.pth")
    torch.save(content, f"{folder}/{name}.old.pth", _use_new_zipfile_serialization=False)
    torch.save(content, f"{folder}/{name}.p4.pth", pickle_protocol=4)
torch.save({"generator": weights, "discriminator": collections.OrderedDict(weights), "step": torch.tensor(3)}, f"{folder}/two.pth")
torch.save(prefixed, f"{folder}/prefixed.pth")
torch.save({"optimizer": optimizer.state_dict()}, f"{folder}/optimizer.pth")
torch.save({"model": net, "epoch": 3}, f"{folder}/whole.pth")
strange = collections.OrderedDict(weights)
strange["sparse"] = torch.eye(3).to_sparse()
strange["quantized"] = torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)
strange["channels"] = torch.quantize_per_channel(torch.ones(2, 2), torch.ones(2), torch.zeros(2), 0, torch.quint8)
strange["csr"] = torch.eye(3).to_sparse_csr()
strange["complex"] = torch.tensor([1 + 2j])
strange["expanded"] = torch.ones(1).expand(5)
torch.save(strange, f"{folder}/strange.pth")
torch.save(strange, f"{folder}/strange.old.pth", _use_new_zipfile_serialization=False)
