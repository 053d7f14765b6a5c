"""Synthetic graphs: for each step the steps before it that it depends on."""


def layered(count):
    """Layers of a hundred; each step needs two of the layer before."""
    width = 100
    return [[] if i < width else [i - width - i % width + (i * 7) % width, i - width - i % width + (i * 13 + 1) % width] for i in range(count)]


def chain(count):
    return [[i - 1] if i else [] for i in range(count)]


def fan(count):
    """One step, all others, and one that joins them."""
    return [[]] + [[0]] * (count - 2) + [list(range(1, count - 1))]


def independent(count):
    return [[] for _ in range(count)]


GRAPHS = {"layered": layered, "chain": chain, "fan": fan, "independent": independent}
