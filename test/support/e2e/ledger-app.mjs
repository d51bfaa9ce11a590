/**
 * The application of the end-to-end tests: asynchronous, keeps state, pushes and replies. Each
 * record of a key raises its count and shows it to all, so that a client sees every repeat and
 * every hole of the *state*, not only of the messages.
 */
const slowMaxMs = Number(process.env.LEDGER_SLOW_MAX_MS ?? 12);

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * slowMaxMs));

function count(ctx) {
  const n = (ctx.key.state?.n ?? 0) + 1;
  ctx.key.state = { n };
  return n;
}

export const application = {
  async onEvent(ctx) {
    await pause();
    ctx.key.push({ is: 'event', id: ctx.event.id, n: count(ctx) }, { id: ctx.event.id });
  },
  async onMessage(ctx) {
    const { id } = ctx.message.json();
    await pause();
    ctx.key.push({ is: 'event', id: `push:${id}`, n: count(ctx) }, { id: `push:${id}` });
    await pause();
    ctx.session.send({ is: 'reply', id });
  },
};
