/** Applications that come with Ringway, by the name that `--app` takes. */
import type { Application } from '../application.ts';
import { chat } from './chat.ts';
import { echo } from './echo.ts';
import { forward } from './forward.ts';
import { volatileEcho } from './volatile-echo.ts';

export const builtInApplications: ReadonlyMap<string, Application> = new Map<string, Application>([
  ['forward', forward],
  ['echo', echo],
  ['chat', chat as Application],
  ['volatile-echo', volatileEcho],
]);
