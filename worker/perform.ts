/** Each effect of the core, handed to the part that carries it out. */
import { RingwayError, unreachable } from '../base/index.ts';
import type { RunEffect } from './context.ts';
import type { WorkerEffect } from './core-types.ts';
import type { Note } from './notes.ts';
import type { HostPort, MembershipPort } from './ports.ts';
import type { PublishEffect } from './publisher.ts';

export interface Performers {
  readonly send: HostPort['send'];
  readonly request: MembershipPort['input'];
  run(effect: RunEffect): void;
  revoke(token: number): void;
  publish(effect: PublishEffect): void;
  exit(error: RingwayError): void;
  note(note: Note): void;
}

export function perform(effect: WorkerEffect, by: Performers): void {
  switch (effect.kind) {
    case 'send':
      return by.send(effect.peer, effect.message);
    case 'table':
    case 'evict':
    case 'read':
      return by.request(effect);
    case 'run':
      return by.run(effect);
    case 'revoke':
      return by.revoke(effect.token);
    case 'publish':
      return by.publish(effect);
    case 'exit':
      return by.exit(new RingwayError(effect.code, effect.reason));
    case 'note':
      return by.note(effect);
    default:
      return unreachable(effect);
  }
}
