/** RabbitMQ is restarted in order, or killed and started: events wait, client messages do not. */
import type { Fault } from '../fault.ts';

export const rabbitRestart: Fault = {
  name: 'rabbitmq-restart',
  run: async ({ rabbit, load }, random) => {
    const isKilled = random.int(2) === 0;
    const { connections } = await load.publisher();
    await rabbit.settle();
    await (isKilled ? rabbit.kill() : rabbit.stop());
    await rabbit.start();
    await load.untilPublisher('a new connection', (now) => now.connections > connections);
    const { connections: later } = await load.publisher();
    return {
      bit: `${isKilled ? 'killed' : 'stopped'}; connection ${connections} of the publisher became ${later}`,
      affected: new Set(load.keys),
    };
  },
};
