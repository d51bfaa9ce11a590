/**
 * A small chat, for `npm start` and the README. `{"to":"bob","text":"hi"}` from one of alice's
 * sockets goes to all sockets of `user:bob` and, as an echo, to all of alice's. Each user's state
 * counts what was sent and received.
 */
import { defineApplication } from '../application.ts';

interface Counts {
  readonly sent: number;
  readonly received: number;
}

const nothing: Counts = { sent: 0, received: 0 };
const textLengthMax = 4000;

export const chat = defineApplication<Counts>({
  onMessage(ctx) {
    const line = parseLine(ctx.message.text());
    if (line === undefined) {
      ctx.session.send({ error: 'expected {"to":"<user>","text":"<text>"}' });
      return;
    }
    const counts = ctx.key.state ?? nothing;
    const sent = counts.sent + 1;
    ctx.key.state = { ...counts, sent };
    const from = ctx.key.id.replace(/^user:/, '');
    ctx.send(`user:${line.to}`, { type: 'chat', data: { from, text: line.text } });
    ctx.key.push({ to: line.to, text: line.text, sent }, { type: 'chat.sent' });
  },

  onEvent(ctx) {
    const counts = ctx.key.state ?? nothing;
    ctx.key.state = { ...counts, received: counts.received + 1 };
    ctx.key.push(ctx.event);
  },
});

function parseLine(text: string): { to: string; text: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('to' in value) || !('text' in value)) return undefined;
  const { to, text: said } = value;
  if (typeof to !== 'string' || !/^[\w.@-]{1,64}$/.test(to)) return undefined;
  if (typeof said !== 'string' || said.length > textLengthMax) return undefined;
  return { to, text: said };
}
