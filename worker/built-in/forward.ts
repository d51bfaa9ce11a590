/**
 * The default application: no handler at all. Events go to the key's sockets, client messages go
 * to backends as `message.<key>`.
 */
import { defineApplication } from '../application.ts';

export const forward = defineApplication({});
