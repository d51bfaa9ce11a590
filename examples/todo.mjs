/**
 * A to-do list per user, the same on all their devices. Run it with
 *
 *   ringway up --app examples/todo.mjs
 *
 * and send `{"add":"milk"}` or `{"done":"milk"}` as alice. A backend adds an entry by publishing an
 * event of type `todo.add` for the key `user:alice`; it hears of finished ones on `ringway.out`,
 * topic `message.user:alice.done`.
 *
 * @typedef {{ readonly entries: readonly string[] }} List
 */

const entriesMax = 100;

/** @type {import('ringway/worker').Application<List>} */
export const application = {
  /** A new connection gets the list as it stands. */
  onOpen(ctx) {
    ctx.session.send(listOf(ctx));
  },

  onMessage(ctx) {
    const wish = wishOf(ctx.message);
    const { entries } = listOf(ctx);
    if (typeof wish.add === 'string' && entries.length < entriesMax) {
      show(ctx, [...entries, wish.add]);
    } else if (entries.includes(wish.done)) {
      show(
        ctx,
        entries.filter((entry) => entry !== wish.done),
      );
      // Leaves Ringway once the list without the entry is safe on two workers.
      ctx.publish({ entry: wish.done }, { suffix: 'done', type: 'todo.done' });
    } else ctx.session.send({ error: 'expected {"add":"…"} or {"done":"…"} of an entry' });
  },

  onEvent(ctx) {
    if (ctx.event.type === 'todo.add') show(ctx, [...listOf(ctx).entries, ctx.event.text()]);
    else ctx.key.push(ctx.event);
  },
};

function listOf(ctx) {
  return ctx.key.state ?? { entries: [] };
}

/** The new list and its sight on all devices are one record: both happen or neither. */
function show(ctx, entries) {
  ctx.key.state = { entries };
  ctx.key.push({ entries }, { type: 'todo.list' });
}

/** Bytes of a client may be anything. */
function wishOf(message) {
  try {
    return message.json() ?? {};
  } catch {
    return {};
  }
}
