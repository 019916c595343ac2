"""The measured side of a case: a process that works when it is told to. Each line on its input asks for a round, which repeats the work for
a while and prints {"seconds": [...], "peakRss": bytes, ...}; it ends with its input. ../shared/serve.ts is the same in TypeScript.
"""
import json
import sys
import time

try:
    import resource
except ImportError:  # Windows
    resource = None


def peak_rss():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 if resource else None


def serve(once, warm_ups=2, at_least=0.4, times=2, before=lambda: None, more=dict):
    def timed():
        before()
        start = time.perf_counter()
        once()
        return time.perf_counter() - start

    is_warm = False
    for _ in sys.stdin:
        if not is_warm:
            for _ in range(warm_ups):
                timed()
        is_warm = True
        seconds = []
        while len(seconds) < times or sum(seconds) < at_least:
            seconds.append(timed())
        print(json.dumps({'seconds': seconds, 'peakRss': peak_rss(), **more()}), flush=True)
