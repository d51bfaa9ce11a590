/** SIGKILL of a gateway: its clients resume at another one, its partitions are taken over. */
import { drawn, type Fault } from '../fault.ts';

export const gatewayKill: Fault = {
  name: 'gateway-kill',
  run: async (chaos, random) => {
    const { cluster, load } = chaos;
    const { atGateway, clients } = await load.fleet();
    const inhabited = atGateway.flatMap((count, n) => (count > 0 ? [n] : []));
    const number = drawn(random, inhabited);
    const victim = `g-${number + 1}`;
    const allowance = chaos.history.allow({ mayClose: true });
    await cluster.kill(victim);
    const restarted = chaos.restartLater(victim);
    await load.untilFleet('all clients at other gateways', ({ atGateway: at, welcome }) => {
      return welcome === clients && at[number] === 0;
    });
    allowance.toMs = await chaos.history.caughtUp();
    await restarted;
    const closed = atGateway[number] ?? 0;
    return {
      bit: `${victim} died of SIGKILL with ${closed} sockets`,
      affected: new Set(load.keys),
      closed,
    };
  },
};
