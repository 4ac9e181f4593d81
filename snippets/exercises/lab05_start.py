# Thực hành / Lab
# vi: Viết phần còn thiếu của sáu bài, rồi chạy: python lab05_check.py
# en: Write what is missing in the six tasks, then run: python lab05_check.py
import torch
import torch.nn.functional as F
from torch import nn


def by_columns(t):
    """Task 1: the numbers of t (R, C), column by column."""
    # vi: trả về một tensor mới, shape (R * C,), không chung vùng nhớ với t
    # en: return a new tensor, shape (R * C,), that shares no memory with t


def slope(f, x0):
    """Task 2: the derivative of f at x0, by autograd."""
    # vi: trả về một số Python (float)
    # en: return a Python number (float)


def passes(f, x0, n, clear):
    """Task 3: x.grad after each of n backward passes."""
    # vi: trả về list gồm n số; clear=True thì xóa gradient trước mỗi lượt
    # en: return a list of n numbers; with clear=True, clear the gradient
    # en: before each pass


def mean_vectors(embedding, ids, pad):
    """Task 4: the mean vector of each row of ids (B, T), without pad."""
    # vi: trả về tensor (B, dim); mỗi hàng của ids có ít nhất một id khác pad
    # en: return a tensor (B, dim); each row of ids has an id other than pad


class HiddenModel(nn.Module):
    """Task 5: Embedding, mean, Linear, ReLU, Linear."""

    # vi: viết __init__(self, num_ids, dim, hidden, num_classes) và forward(self, ids)
    # en: write __init__(self, num_ids, dim, hidden, num_classes) and forward(self, ids)


def train_batches(model, ids, labels, num_epochs, batch_size, lr):
    """Task 6: train by SGD in batches; the mean loss of each epoch."""
    # vi: lấy batch theo thứ tự, không xáo; batch cuối có thể nhỏ hơn
    # vi: trả về list gồm num_epochs số, mỗi số là trung bình trên mọi mẫu
    # en: take the batches in order, unshuffled; the last may be smaller
    # en: return a list of num_epochs numbers, each the mean over all examples
