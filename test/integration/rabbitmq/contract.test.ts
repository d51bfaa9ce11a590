import { before, describe } from 'mocha';
import { busContract } from '../../support/bus-contract.ts';
import { rabbitStage } from '../../support/rabbitmq/stage.ts';
import { serverStartTimeoutMs, sharedRabbit } from '../../support/servers/index.ts';

describe('the contract of the bus', () => {
  before(async function () {
    this.timeout(serverStartTimeoutMs);
    await sharedRabbit();
  });

  for (const queueType of ['quorum', 'classic'] as const) {
    busContract(`RabbitMQ with ${queueType} queues`, async () =>
      rabbitStage(await sharedRabbit(), { queueType }),
    );
  }
});
