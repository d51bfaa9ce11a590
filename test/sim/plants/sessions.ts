/** Plants against sessions: positions, frames, attaching and who is there. */
import { changed, gateways, leftOut, type Plants, sent, workers } from './twist.ts';

export const sessionPlants: Plants = {
  'stamped-by-wall-clock': {
    rule: 'P7',
    what: 'records carry the wall clock of their owner, and are trimmed by it',
    mix: 'clocks',
    wrap: workers((state) => ({
      before: (input) => {
        for (const { own } of state.slots) {
          if (own !== undefined) Object.assign(own, { logTimeOffsetMs: state.wallOffsetMs });
        }
        return [input];
      },
    })),
  },

  'position-shared': {
    rule: 'B6',
    what: 'the sessions of a key share one position at each gateway',
    mix: 'planned',
    wrap: gateways((state) => ({
      before: (input) => {
        if (input.kind !== 'session.open' || input.position === undefined) return [input];
        const { epoch } = input.position;
        const other = [...state.sessions.values()].find(
          (one) => one.key === input.key && one.isAttached && one.epoch === epoch,
        );
        return [{ ...input, position: other ?? input.position }];
      },
    })),
  },
  'replay-off-by-one': {
    rule: 'B6',
    what: 'a resumed session starts one record too late',
    mix: 'planned',
    wrap: gateways(() => ({
      before: (input) => {
        if (input.kind !== 'session.open' || input.position === undefined) return [input];
        const position = { ...input.position, next: input.position.next + 1 };
        return [{ ...input, position }];
      },
    })),
  },
  'told-for-nothing': {
    rule: 'B6',
    what: 'every fortieth session is told to start anew for nothing',
    mix: 'churn',
    wrap: workers(() => {
      let attached = 0;
      return {
        after: (_input, effects) =>
          effects.map((effect) => {
            if (effect.kind !== 'send' || effect.message.type !== 'ATTACHED') return effect;
            attached += 1;
            if (attached % 40 !== 0) return effect;
            return { ...effect, message: { ...effect.message, recovered: false, reason: 'epoch' } };
          }),
      };
    }),
  },
  'ignore-from': {
    rule: 'P3',
    what: 'a gateway believes that each frame continues what its sessions have',
    mix: 'churn',
    wrap: gateways(() => ({
      before: (input) => [changed(input, 'FRAME', (message) => ({ ...message, from: 0 }))],
    })),
  },
  'frames-before-attached': {
    rule: 'P4',
    what: 'a session takes frames before it is attached in the binding',
    mix: 'planned',
    wrap: leftOut('frames-before-attached'),
  },
  'any-attached-counts': {
    rule: 'P4',
    what: 'a session takes the position that was granted to its connection before',
    mix: 'churn',
    wrap: gateways((state) => ({
      before: (input) => [
        changed(input, 'ATTACHED', (message) => {
          const connection = state.sessions.get(message.session)?.connection;
          return { ...message, connection: connection ?? message.connection };
        }),
      ],
    })),
  },
  'drop-frame': {
    rule: 'P3',
    what: 'a gateway drops every 97th frame to its clients',
    mix: 'planned',
    wrap: gateways(() => {
      let frames = 0;
      return {
        after: (_input, effects) =>
          effects.filter((effect) => {
            if (effect.kind !== 'frame') return true;
            frames += 1;
            return frames % 97 !== 0;
          }),
      };
    }),
  },
  'messages-forgotten': {
    rule: 'M1',
    what: 'a snapshot leaves out which messages of a session were handled',
    mix: 'trimming',
    wrap: sent('SNAPSHOT', (message) => ({
      ...message,
      keys: message.keys.map((key) => ({ ...key, handled: [] })),
    })),
  },
};
