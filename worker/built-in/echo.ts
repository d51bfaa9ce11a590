/** Each client message comes back to its sender, as it was; events go to the sockets. */
import { defineApplication } from '../application.ts';

export const echo = defineApplication({
  onMessage(ctx) {
    ctx.session.send(ctx.message);
  },
});
