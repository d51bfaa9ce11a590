/**
 * Faults of single servers. Of ZooKeeper: the ensemble goes on, and those they serve see old
 * states. Of RabbitMQ: a queue goes on at another server, with what that one had heard.
 */
import type { Agenda } from './agenda.ts';
import type { Happening } from './fault.ts';
import type { Server } from './follower.ts';
import type { World } from './world.ts';

export function lagFollower(world: World, agenda: Agenda, fault: Happening<'followerLag'>): void {
  const server = followerOf(world, fault);
  if (server === undefined) return;
  world.ledger.stats.followersLagging += 1;
  server.lagMaxMs = fault.lagMs;
  agenda.after(fault.forMs, () => {
    server.lagMaxMs = world.setting.ensemble.lagMaxMs;
  });
}

export function cutFollower(world: World, agenda: Agenda, fault: Happening<'followerCut'>): void {
  const server = followerOf(world, fault);
  if (server === undefined || server.isDown || server.isCutOff) return;
  world.ledger.stats.followersCut += 1;
  server.isCutOff = true;
  agenda.after(fault.forMs, () => {
    if (server.isCutOff && !server.isDown) world.parts.zookeeper.mendServer(server);
  });
}

export function crashFollower(
  world: World,
  agenda: Agenda,
  fault: Happening<'followerCrash'>,
): void {
  const server = followerOf(world, fault);
  if (server === undefined || server.isDown) return;
  world.ledger.stats.followerCrashes += 1;
  server.crash();
  agenda.after(fault.backMs, () => world.parts.zookeeper.mendServer(server));
}

export function failOver(world: World, agenda: Agenda, fault: Happening<'failOver'>): void {
  const { partition, forMs, unheardMs, late, lateMs } = fault;
  const { events } = world.parts;
  world.ledger.stats.failOvers += 1;
  events.failOver(partition, unheardMs);
  world.publishers.loseChannels(forMs);
  for (const gateway of world.livingGateways()) {
    gateway.channelClosed(partition, gateway.id === late ? lateMs : 0);
  }
  agenda.after(forMs, () => events.recover(partition));
}

/** Server 0 leads. */
function followerOf(world: World, { server }: { readonly server: number }): Server | undefined {
  return server === 0 ? undefined : world.parts.zookeeper.servers[server];
}
