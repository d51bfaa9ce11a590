"""Publishes events to users through RabbitMQ, in order and without loss.

    python3 examples/publish.py amqp://guest:guest@127.0.0.1:5672/ < events.jsonl

Each line is JSON: {"key": "user:alice", "id": "order-17-paid", "type": "order.paid", "data": {…}}. Prints
each id once the broker has stored the event. Needs the package `pika`; docs/events.md has the rules.
"""

import json
import sys
import time
import zlib

import pika

PARTITIONS = 16  # of the cluster


def connect(url):
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.confirm_delivery()  # from now on basic_publish waits for the broker's answer
    return channel


def publish(channel, event):
    key = event["key"]
    channel.basic_publish(
        exchange="ringway.events",
        routing_key=str(zlib.crc32(key.encode()) % PARTITIONS),
        body=json.dumps(event["data"]).encode(),
        properties=pika.BasicProperties(
            message_id=event["id"],
            type=event["type"],
            content_type="application/json",
            headers={"key": key, "source": "/shop"},
            delivery_mode=2,  # persistent
        ),
        mandatory=True,
    )


def main(url):
    channel = None
    for line in sys.stdin:
        event = json.loads(line)
        while True:  # again under the same id: what was stored before is dropped
            try:
                channel = channel or connect(url)
                publish(channel, event)
                break
            except (pika.exceptions.AuthenticationError, pika.exceptions.ProbableAuthenticationError):
                raise
            except (pika.exceptions.AMQPConnectionError, pika.exceptions.NackError):
                channel = None  # a fresh one costs little
            time.sleep(0.5)
        print(event["id"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
