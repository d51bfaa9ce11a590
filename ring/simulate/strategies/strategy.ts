/**
 * What all ways of placing users on workers have in common, so that the same users can be put
 * through each. A strategy lays members out; a layout places users by the hash that the original
 * uses. Members come in the order in which they were named or joined: some strategies count them.
 */
import type { Circle } from '../../circle.ts';
import type { SimulatedMember } from '../types.ts';

export type StrategyName =
  | 'ringway'
  | 'hashring'
  | 'ketama'
  | 'nginx'
  | 'rendezvous'
  | 'maglev'
  | 'jump'
  | 'modulo'
  | 'sticky';

export interface Strategy {
  readonly name: StrategyName;
  /** One line for a reader: what it is, with its parameters. */
  readonly about: string;
  /** Where the algorithm was taken from. */
  readonly source: string;
  /** Which hash of the key it places by; `order`: it remembers users instead. */
  readonly placesBy: 'crc32' | 'md5' | 'order';
  readonly usesWeights: boolean;
  /** `before` is the layout of the step before: for strategies that have a memory. */
  layOut(members: readonly SimulatedMember[], before?: Layout): Layout;
}

export interface Layout {
  readonly members: readonly SimulatedMember[];
  /**
   * Index in `members` of the one that gets a user, by the strategy's hash of its key (for
   * `order`: its number in the load; called in that order).
   */
  place(hash: number): number;
  /** For rings: the points, whose owners are indexes in `members`. */
  readonly circle?: Circle;
}
