"""A worker in Python for one external process of Synergy Scheduler.

    python3 worker.py --process SalesHourly                             # HTTP alone
    python3 worker.py --process SalesHourly --amqp amqp://localhost     # rung by RabbitMQ; needs pika
    python3 worker.py --process SalesHourly --token-file work.token     # where there are accounts

Put your work into `work`; one unit runs at a time, for more start more workers. The protocol: docs/workers.md.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request


def work(unit, run):
    """Your work on `unit`, for which `run.token` is the idempotency key. What it raises makes the unit INVALID."""
    steps = unit["arguments"].get("steps", 3)
    for step in range(1, steps + 1):
        run.check()
        time.sleep(unit["arguments"].get("seconds", 0))
        run.log(f"step {step} of {steps} for {unit['startTimeperiod']} to {unit['endTimeperiod']}")
        run.progress(step, steps)
    return {"processed": steps}  # also "aggregated", and "outcome": "noop" or "cancel" with "error"


class Lost(Exception):
    """The unit was canceled or its lease lost: whatever this run does now does not count."""


class Api:
    def __init__(self, url, token=None):
        self.base = url.rstrip("/") + "/api/v1/worker/"
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = "Bearer " + token

    def call(self, path, body=None):
        """Insists until there is an answer: everything may be sent twice."""
        data = None if body is None else json.dumps(body).encode()
        for pause in itertools.chain((0.1, 0.5, 1), itertools.repeat(3)):
            try:
                request = urllib.request.Request(self.base + path, data, self.headers)
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code < 500:  # asking again would be no use
                    raise ValueError(json.load(error)["detail"]) from None
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(pause)


class Run:
    """A unit that is worked at."""

    def __init__(self, api, unit, until):
        self.api, self.token, self.lines = api, unit["token"], itertools.count(1)
        self.until = until  # a worker that could not renew its lease by then may have been replaced
        self.fence = {key: unit[key] for key in ("id", "attempt", "token")}
        self.lost = threading.Event()

    def check(self):
        if self.lost.is_set() or time.monotonic() > self.until:
            raise Lost

    def log(self, text):
        lines = [{"sequence": next(self.lines), "line": line[:10_000]} for line in text.splitlines()]
        for first in range(0, len(lines), 50):
            self.api.call("log", {**self.fence, "lines": lines[first : first + 50]})

    def progress(self, done, total):
        self.api.call("progress", {**self.fence, "done": done, "total": total})


class Worker:
    def __init__(self, api, process):
        self.api, self.terms, self.running, self.stopping = api, api.call(process), {}, False
        box = re.sub(r"[^\w.-]", "-", socket.gethostname(), flags=re.ASCII)
        self.owner = f"{box}/python-{os.getpid()}-{int(time.time())}"  # another with every start
        self.lease = self.terms["lease"] / 1000
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self):
        sent = time.monotonic()
        while True:
            time.sleep(max(0, sent + self.lease / 3 - time.monotonic()))
            sent = time.monotonic()
            runs = dict(self.running)
            if runs:
                units = [{"id": id, "token": run.token} for id, run in runs.items()]
                held = self.api.call("heartbeat", {"owner": self.owner, "units": units})["ids"]
                for id, run in runs.items():
                    if id in held:
                        run.until = sent + self.lease
                    else:
                        run.lost.set()

    def perform(self, unit):
        run = self.running[unit["id"]] = Run(self.api, unit, time.monotonic() + self.lease)
        print("started", unit["id"], "attempt", unit["attempt"], flush=True)
        try:
            try:
                result = {"outcome": "processed", **(work(unit, run) or {})}
                run.check()
            except Lost:
                return print("lost", unit["id"], flush=True)
            except Exception as error:
                run.log(traceback.format_exc())
                result = {"outcome": "invalid", "error": f"{type(error).__name__}: {error}"[:1000]}
            verdict = self.api.call("complete", {"owner": self.owner, **run.fence, **result})["verdict"]
            print(result["outcome"], unit["id"], verdict, flush=True)
        finally:
            del self.running[unit["id"]]

    def serve(self, units, pause):
        """Works in a thread, so that the thread that claims the units is not held up."""
        for unit in units:
            thread = threading.Thread(target=self.perform, args=(unit,))
            thread.start()
            try:
                while thread.is_alive():
                    pause(0.02)
            finally:
                thread.join()
        if self.stopping:
            sys.exit(0)

    def serve_http(self):
        wish = {"owner": self.owner, "processName": self.terms["processName"]}
        while True:
            self.serve(self.api.call("take", wish)["units"], time.sleep)

    def serve_rabbit(self, url):
        import pika

        while True:
            try:
                with pika.BlockingConnection(pika.URLParameters(url)) as connection:
                    channel = connection.channel()
                    channel.basic_qos(prefetch_count=1)
                    while True:
                        for method, _, body in channel.consume(self.terms["queue"]):
                            claim = {"owner": self.owner, "ids": [body.decode()]}
                            units = self.api.call("claim", claim)["units"]
                            channel.cancel()  # while the work goes on, the next message is for other workers
                            channel.basic_ack(method.delivery_tag)
                            self.serve(units, connection.sleep)
            except (pika.exceptions.AMQPError, OSError) as error:
                print("RabbitMQ:", repr(error), file=sys.stderr, flush=True)
                time.sleep(2)

    def stop(self, *_):
        """Ends after the unit at hand."""
        self.stopping = True
        if not self.running:
            os._exit(0)  # an exception here could come up in the middle of anything


def main():
    parser = argparse.ArgumentParser(description="Works off the units of an external process.")
    parser.add_argument("--url", default="http://127.0.0.1:5000", help="the dashboard's address")
    parser.add_argument("--process", required=True)
    parser.add_argument("--amqp", help="RabbitMQ's address; without it units are asked for by HTTP")
    parser.add_argument("--token-file", help="file with an API token of the scope work, which no other user may read")
    given = parser.parse_args()
    token = open(given.token_file).read().strip() if given.token_file else None
    try:
        worker = Worker(Api(given.url, token), given.process)
    except ValueError as error:
        sys.exit(f"refused: {error}")
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    if given.amqp:
        worker.serve_rabbit(given.amqp)
    worker.serve_http()


if __name__ == "__main__":
    main()
