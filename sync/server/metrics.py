"""What is counted about a server, as the text that Prometheus reads."""

import threading
from collections.abc import Iterable, Mapping, Sequence

from sync.server.mail.backlog import Waiting

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of the histogram of latency."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one process. Its methods may be called on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], int] = {}
        self._latency: dict[str, list[float]] = {}
        self._refused_sign_ins = 0
        self._deliveries: dict[str, int] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is the pattern of its path."""
        with self._lock:
            key = (method, route, status)
            self._requests[key] = self._requests.get(key, 0) + 1
            counts = self._latency.setdefault(route, [0.0] * (len(BUCKETS) + 2))
            for place, bound in enumerate(BUCKETS):
                counts[place] += seconds <= bound
            counts[-2] += 1
            counts[-1] += seconds

    def sign_in_refused(self) -> None:
        """Somebody gave a wrong password, or tried too often."""
        with self._lock:
            self._refused_sign_ins += 1

    def delivered(self, event: str, streams: int) -> None:
        """An event was handed to so many streams."""
        with self._lock:
            self._deliveries[event] = self._deliveries.get(event, 0) + streams

    def text(
        self, gauges: Mapping[str, float], outbound: Mapping[str, int], mails: Mapping[str, Waiting]
    ) -> str:
        """Everything. `gauges` are values of this moment, `outbound` the replies by state, `mails` what waits."""
        with self._lock:
            requests, latency = dict(self._requests), {key: tuple(row) for key, row in self._latency.items()}
            refused, deliveries = self._refused_sign_ins, dict(self._deliveries)
        lines = _family("agent_desktop_requests_total", "counter", "Requests answered.")
        lines += [
            f'agent_desktop_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
            for (method, route, status), count in sorted(requests.items())
        ]
        lines += _family("agent_desktop_request_seconds", "histogram", "Time until the answer began.")
        for route, counts in sorted(latency.items()):
            lines += _histogram("agent_desktop_request_seconds", route, counts)
        lines += _family("agent_desktop_sign_ins_refused_total", "counter", "Sign-ins refused.")
        lines.append(f"agent_desktop_sign_ins_refused_total {refused}")
        lines += _family("agent_desktop_stream_events_total", "counter", "Events handed to streams.")
        lines += _labelled("agent_desktop_stream_events_total", "event", deliveries)
        for name, value in sorted(gauges.items()):
            lines += [*_family(f"agent_desktop_{name}", "gauge", ""), f"agent_desktop_{name} {value:.15g}"]
        lines += _family("agent_desktop_outbound", "gauge", "Replies to customers by state.")
        lines += _labelled("agent_desktop_outbound", "state", outbound)
        lines += _family("agent_desktop_mail_waiting", "gauge", "Mails that wait, by for what.")
        lines += _labelled(
            "agent_desktop_mail_waiting", "for", {name: found.count for name, found in mails.items()}
        )
        lines += _family("agent_desktop_mail_oldest_seconds", "gauge", "Since when the oldest of them waits.")
        lines += _labelled(
            "agent_desktop_mail_oldest_seconds", "for", {name: found.seconds for name, found in mails.items()}
        )
        return "\n".join([*lines, ""])


def _family(name: str, kind: str, words: str) -> list[str]:
    return [*([f"# HELP {name} {words}"] if words else []), f"# TYPE {name} {kind}"]


def _labelled(name: str, label: str, values: Mapping[str, int] | Mapping[str, float]) -> Iterable[str]:
    return [f'{name}{{{label}="{key}"}} {value:.15g}' for key, value in sorted(values.items())]


def _histogram(name: str, route: str, counts: Sequence[float]) -> Iterable[str]:
    for place, bound in enumerate(BUCKETS):
        yield f'{name}_bucket{{route="{route}",le="{bound:g}"}} {int(counts[place])}'
    yield f'{name}_bucket{{route="{route}",le="+Inf"}} {int(counts[-2])}'
    yield f'{name}_count{{route="{route}"}} {int(counts[-2])}'
    yield f'{name}_sum{{route="{route}"}} {counts[-1]:.6f}'
