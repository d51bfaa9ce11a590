/**
 * Publishes events to users through RabbitMQ:
 *
 *   node examples/publish.mjs amqp://guest:guest@127.0.0.1:5672 < events.jsonl
 *
 * Each line is JSON, `{"user":"alice","id":"order-17-paid","type":"order.paid","data":{}}`. Prints each
 * id once the broker has stored the event. docs/events.md explains the errors.
 */
import { createInterface } from 'node:readline';
import { createProducer, ProducerError } from 'ringway/producer';

const producer = createProducer({ url: process.argv[2], source: '/shop' });

/** Until it is stored, or cannot be; again under the same id, then a repeat is dropped. */
async function publish(event) {
  for (;;) {
    try {
      const { id } = await producer.publish(event);
      console.log(id);
      return;
    } catch (error) {
      if (!(error instanceof ProducerError) || !error.retryable) throw error;
      console.error(`${event.id}: ${error.message} [${error.code}], trying again`);
    }
  }
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    await publish(JSON.parse(line));
  }
} catch (error) {
  console.error(`${error.message} [${error.code}]`);
  process.exitCode = 1;
} finally {
  await producer.close();
}
