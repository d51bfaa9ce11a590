import { before, describe } from 'mocha';
import { busContract } from '../../support/bus-contract.ts';
import { brokerStartMs, theBroker } from '../../support/rabbitmq/broker.ts';
import { rabbitStage } from '../../support/rabbitmq/stage.ts';

describe('the contract of the bus', () => {
  before(async function () {
    this.timeout(brokerStartMs);
    await theBroker();
  });

  for (const queueType of ['quorum', 'classic'] as const) {
    busContract(`RabbitMQ with ${queueType} queues`, async () =>
      rabbitStage(await theBroker(), { queueType }),
    );
  }
});
