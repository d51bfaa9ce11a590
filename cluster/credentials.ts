/**
 * What RINGWAY_SECRET gives for ZooKeeper: the credentials of the scheme digest, the one entry
 * of every access list, and the key that signs the content of nodes. Each is an HMAC under a
 * label of its own, so that none tells the secret or another one.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Access } from './zookeeper-wire.ts';

export interface Credentials {
  /** `user:password`, for the scheme digest; crosses the network as it is. */
  readonly digest: string;
  /** All rights, for who has the credentials; none for anybody else. */
  readonly access: Access;
  readonly signingKey: Buffer;
}

const user = 'ringway';

export function credentialsFrom(secret: string): Credentials {
  const digest = `${user}:${derived(secret, 'ringway zookeeper digest').toString('hex')}`;
  // How the servers write a digest down, unless told to use another hash than SHA-1.
  const hash = createHash('sha1').update(digest).digest('base64');
  return {
    digest,
    access: { scheme: 'digest', id: `${user}:${hash}`, isFull: true },
    signingKey: derived(secret, 'ringway zookeeper signature'),
  };
}

function derived(secret: string, label: string): Buffer {
  return createHmac('sha256', secret).update(label).digest();
}
