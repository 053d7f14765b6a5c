"""Synthetic graphs: for each step the steps before it that it depends on, and whether it reads a source file of its own."""


class Graph:
    def __init__(self, needs, has_sources=False):
        self.needs = needs
        self.has_sources = has_sources

    def __len__(self):
        return len(self.needs)

    def steps(self):
        return enumerate(self.needs)


def layered(count):
    """Layers of a hundred; each step needs two of the layer before."""
    width = 100
    return Graph([[] if i < width else [i - width - i % width + (i * 7) % width, i - width - i % width + (i * 13 + 1) % width] for i in range(count)])


def chain(count):
    return Graph([[i - 1] if i else [] for i in range(count)])


def fan(count):
    """One step, all others, and one that joins them."""
    return Graph([[]] + [[0]] * (count - 2) + [list(range(1, count - 1))])


def independent(count):
    return Graph([[] for _ in range(count)])


def sources(count):
    """Independent steps, each of a source file."""
    return Graph([[] for _ in range(count)], has_sources=True)


GRAPHS = {"layered": layered, "chain": chain, "fan": fan, "independent": independent, "sources": sources}
