"""The benchmark's networks in PyTorch: prints its version and images per second. Usage: training.py cnn|three STEPS"""
import sys
import time

import torch
from torch import nn

network, steps = sys.argv[1], int(sys.argv[2])
batch, warm_up = 64, 30
torch.manual_seed(1)
channels = [16, 32] if network == "cnn" else [32, 32, 32]
layers, before = [], 1
for i, after in enumerate(channels):
    layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    if i < 2:
        layers.append(nn.MaxPool2d(2))
    before = after
net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * 49, 10))
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
images, labels = torch.rand(warm_up + steps, batch, 1, 28, 28), torch.randint(10, (warm_up + steps, batch))
for step in range(warm_up + steps):
    if step == warm_up:
        start = time.perf_counter()
    loss = nn.functional.cross_entropy(net(images[step]), labels[step])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(torch.__version__, steps * batch / (time.perf_counter() - start))
