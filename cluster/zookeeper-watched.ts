/**
 * What one connection's server answered with a watch that has not fired since. It is not merely
 * recent: a server tells of a change before it answers anything from later on, on the same
 * connection. So it is the truth as of the newest answer that came in.
 *
 * Filled and emptied in the order in which bytes come in, also by answers that came too late for
 * whoever asked; it ends with its connection, as the watches do.
 */
import type { NodeStat } from './zookeeper-wire.ts';

export class Watched {
  private readonly stats = new Map<string, NodeStat>();
  private readonly lists = new Map<string, readonly string[]>();

  /** Of a node's content. */
  stat(path: string): NodeStat | undefined {
    return this.stats.get(path);
  }

  /** The same object for as long as it is the same list. */
  children(path: string): readonly string[] | undefined {
    return this.lists.get(path);
  }

  sawStat(path: string, stat: NodeStat): void {
    this.stats.set(path, stat);
  }

  sawChildren(path: string, names: readonly string[]): void {
    this.lists.set(path, names);
  }

  /** @param path of the node; undefined = it could not be told */
  fired(path: string | undefined): void {
    if (path === undefined) return this.forget();
    this.stats.delete(path);
    this.lists.delete(path);
  }

  /** All will be asked for again. */
  forget(): void {
    this.stats.clear();
    this.lists.clear();
  }
}
