"""Events per CPU-second through the fold, on a made-up day at Ningbo.

python benchmarks/bench_fold.py
"""

import time
from collections import Counter, defaultdict

from day import made_up

from portwatt.state import HubState, apply, codec, opened

COUNT = 200_000
ROUNDS = 3


def main() -> None:
    events = made_up(COUNT)
    first, rest = events[0], events[1:]
    speeds = []
    state: HubState
    for _ in range(ROUNDS):
        state = opened(first)
        began = time.process_time()
        for event in rest:
            state = apply(state, event)
        speeds.append(len(rest) / (time.process_time() - began))
    print(f"fold       {max(speeds):>10,.0f} events/s (best of {ROUNDS}, {COUNT:,} events)")

    began = time.process_time()
    body = codec.to_bytes(state)
    written = time.process_time()
    codec.from_bytes(body)
    read = time.process_time()
    milliseconds = f"{(written - began) * 1e3:.1f} ms to write, {(read - written) * 1e3:.1f} ms to read"
    print(f"snapshot   {len(body):>10,} bytes, {milliseconds}")

    spent: dict[str, float] = defaultdict(float)
    state = opened(first)
    for event in rest:
        began = time.perf_counter()
        state = apply(state, event)
        spent[type(event).__name__] += time.perf_counter() - began
    counts = Counter(type(event).__name__ for event in rest)
    for name, count in counts.most_common():
        print(f"{name:<24} {count / len(rest):>6.1%} {spent[name] / count * 1e6:>8.1f} µs each")


if __name__ == "__main__":
    main()
