/** `echo` without the log: what a lost reply costs nothing, and benchmarks compare with. */
import { defineApplication } from '../application.ts';

export const volatileEcho = defineApplication({
  volatile: true,
  onMessage(ctx) {
    ctx.session.send(ctx.message);
  },
});
