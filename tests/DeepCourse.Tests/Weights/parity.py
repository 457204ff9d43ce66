"""
A network of torchvision's with random weights, one input, and what comes of it: python3 parity.py NAME FOLDER. Writes weights.pth, and input, logits in training and in
evaluation mode, and all gradients after a backward pass in training mode, as results.pth.
"""
import sys

import torch
import torchvision

name, folder = sys.argv[1:]
torch.manual_seed(sum(map(ord, name)))
torch.set_num_threads(2)
net = getattr(torchvision.models, name)(weights=None)
for module in net.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0  # the two libraries draw other masks
    if isinstance(module, torch.nn.BatchNorm2d):
        module.running_mean.normal_(0, 0.1)
        module.running_var.uniform_(0.8, 1.2)
        module.weight.data.uniform_(0.8, 1.2)
        module.bias.data.normal_(0, 0.1)
torch.save(net.state_dict(), f"{folder}/weights.pth")

x = torch.randn(2, 3, 96, 96)
net.eval()
with torch.no_grad():
    evaluation = net(x)
net.train()
training = net(x)
training.pow(2).mean().backward()
results = {"input": x, "evaluation": evaluation, "training": training.detach()}
results.update({f"gradient.{n}": p.grad for n, p in net.named_parameters()})
torch.save(results, f"{folder}/results.pth")
