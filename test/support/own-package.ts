/**
 * Loaded with `--import` into a child process: there `ringway/producer` is the source, so that an
 * example runs as its reader would run it, without a build.
 */
import { register } from 'node:module';

const root = new URL('../../', import.meta.url).href;
const hooks = `
  export function resolve(specifier, context, next) {
    const [, part] = /^ringway\\/(\\w+)$/.exec(specifier) ?? [];
    return next(part === undefined ? specifier : '${root}' + part + '/index.ts', context);
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
