/**
 * Faults as plain data: what happens to whom, when, and for how long. A schedule is a list of
 * them, sorted by time; it can be printed, read back, filtered and run again (`fault-text.ts`,
 * `draw.ts`, `faults.ts`). A fault whose target does not exist at its time is none.
 */

/**
 * By kind, what a fault has besides its time. Ids: `w0` a worker, `g0` a gateway; `process` and
 * both ends of a link may be either. `forMs` and `backMs` count from the fault on.
 */
interface Fields {
  join: { readonly worker: string };
  drain: { readonly worker: string };
  /** Drains the worker and starts it anew with another weight. */
  weight: { readonly worker: string; readonly weight: number };
  /** Without `backMs` it stays away. */
  crash: { readonly worker: string; readonly backMs?: number };
  pause: { readonly process: string; readonly forMs: number };
  linkCut: { readonly from: string; readonly to: string; readonly forMs: number };
  oneWayCut: { readonly from: string; readonly to: string; readonly forMs: number };
  linkReset: { readonly from: string; readonly to: string };
  coordinatorCut: { readonly process: string; readonly forMs: number };
  /** The slot's copies, and maybe a gateway, lose ZooKeeper and nothing else. */
  copiesCut: { readonly slot: number; readonly gateway?: string; readonly forMs: number };
  /** They stand still, and wake up one after the other: each `apartMs` after the one before. */
  copiesPause: { readonly slot: number; readonly forMs: number; readonly apartMs: number };
  sessionLoss: { readonly process: string };
  outage: { readonly forMs: number };
  /** Those inside lose ZooKeeper and everybody else, but not each other. */
  island: { readonly inside: readonly string[]; readonly forMs: number };
  gatewayCrash: { readonly gateway: string; readonly backMs: number };
  gatewayDrain: { readonly gateway: string; readonly backMs: number };
  client: { readonly client: number; readonly does: ClientLeaves; readonly backMs: number };
  channelLoss: { readonly gateway: string; readonly partition: number };
  brokerOutage: { readonly forMs: number };
  /** A second process of the id is started beside the first. */
  twin: { readonly worker: string };
  /** The ensemble comes back empty, under a new cluster id. */
  wipe: object;
  /** A ZooKeeper server that is not the leader applies what is committed up to `lagMs` late. */
  followerLag: { readonly server: number; readonly lagMs: number; readonly forMs: number };
  /** It applies nothing, and goes on answering. */
  followerCut: { readonly server: number; readonly forMs: number };
  followerCrash: { readonly server: number; readonly backMs: number };
  /**
   * The queue of a partition gets another leader: nothing is delivered for `forMs`, the
   * acknowledgements of the last `unheardMs` are lost, and `late` notices `lateMs` after the
   * other gateways that its channel is closed.
   */
  failOver: {
    readonly partition: number;
    readonly forMs: number;
    readonly unheardMs: number;
    readonly late: string;
    readonly lateMs: number;
  };
  /** The handlers of `user:k<key>` hang, and so many events come for it at once. */
  stuckKey: { readonly key: number; readonly forMs: number; readonly events: number };
  /** Both ways, everything takes `delayMs` longer. */
  slowLink: {
    readonly from: string;
    readonly to: string;
    readonly delayMs: number;
    readonly forMs: number;
  };
}

/** With a close, or by a broken connection. */
export type ClientLeaves = 'closes' | 'breaks';

export type FaultKind = keyof Fields;

/** What happens, without when. */
export type Happening<K extends FaultKind = FaultKind> = {
  [kind in K]: { readonly kind: kind } & Fields[kind];
}[K];

export type Fault<K extends FaultKind = FaultKind> = Happening<K> & { readonly atMs: number };
