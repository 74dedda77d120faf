"""How far two words are apart in slips of the finger."""

from __future__ import annotations


def distance(one: str, other: str, most: int) -> int:
    """Letters to put in, leave out, exchange or swap with the next to get from one to the other; `most` + 1 when more are needed.

    >>> distance("gmial", "gmail", 2), distance("oslo", "bergen", 2)
    (1, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return min(row[-1], most + 1)
