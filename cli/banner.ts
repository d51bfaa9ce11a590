/** What `ringway up` prints: what runs where, and the next three things to try, ready to paste. */
import type { GatewayAddresses } from '../gateway/index.ts';

export interface BannerFacts {
  readonly version: string;
  /** How to call this command again. */
  readonly commandName: string;
  /** The first one serves the page. */
  readonly gateways: readonly GatewayAddresses[];
  readonly workers: readonly string[];
  readonly application: string;
  /** Whether clients must show a token. */
  readonly wantsToken: boolean;
  /** Whether `ringway token` can make one. */
  readonly canSignTokens: boolean;
  readonly wantsAdminToken: boolean;
}

const adminDefault = 'http://127.0.0.1:8081';
const publicDefault = 'ws://127.0.0.1:8080/ws';

export function bannerOf(facts: BannerFacts): readonly string[] {
  const { version, gateways, workers, commandName: me } = facts;
  const [first] = gateways;
  const publicUrl = first?.publicUrl ?? '';
  const adminUrl = first?.adminUrl ?? '';
  const adminToken = facts.wantsAdminToken ? ' --admin-token "$RINGWAY_ADMIN_TOKEN"' : '';
  const admin = `${adminUrl === adminDefault ? '' : ` --admin ${adminUrl}`}${adminToken}`;
  const at = publicUrl === publicDefault ? '' : ` --url ${publicUrl}`;
  const token = facts.canSignTokens ? `$(${me} token --user alice)` : '$TOKEN';
  const who = facts.wantsToken ? `--token "${token}"` : '--user alice';
  const last = workers.at(-1) ?? 'w-1';
  return [
    `Ringway ${version}, a whole cluster in this process; when it ends, all of it is gone.`,
    '',
    `  page      ${adminUrl}/`,
    ...gateways.map(
      ({ id, publicUrl: url }, place) =>
        `  ${place === 0 ? 'clients' : '       '}   ${url}  (gateway ${id})`,
    ),
    `  admin     ${adminUrl}/v1/ring  /v1/events  /metrics`,
    `  workers   ${workers.join(', ')}  (application: ${facts.application})`,
    '',
    'Three things to try, in a second terminal:',
    '',
    `  1. Open ${adminUrl}/ , connect, press "Start counting", and kill a worker.`,
    '',
    '  2. Be alice, and from a third terminal tell her something, both ways work:',
    // A secret is not printed, and the token cannot be signed without it.
    ...(facts.wantsToken && facts.canSignTokens
      ? [`       export RINGWAY_JWT_SECRET='…'    # as given to this cluster`]
      : []),
    `       ${me} connect ${who}${at}`,
    `       ${me} publish --user alice --type note --data '{"hello":1}'${admin}`,
    `       ${curlOf(adminUrl, facts.wantsAdminToken)}`,
    '',
    '  3. Take a worker out while alice listens; her socket stays open:',
    `       ${me} where user:alice${admin}`,
    `       ${me} drain ${last}${admin}`,
    `       ${me} status${admin}`,
    '',
    'Ctrl-C stops it.',
    '',
  ];
}

function curlOf(adminUrl: string, wantsToken: boolean): string {
  const event = {
    specversion: '1.0',
    id: 'n-1',
    source: '/shop',
    type: 'note',
    user: 'alice',
    data: { hello: 2 },
  };
  const type = 'content-type: application/cloudevents+json';
  const token = wantsToken ? ' -H "authorization: Bearer $RINGWAY_ADMIN_TOKEN"' : '';
  return `curl -i ${adminUrl}/v1/events${token} -H '${type}' -d '${JSON.stringify(event)}'`;
}
