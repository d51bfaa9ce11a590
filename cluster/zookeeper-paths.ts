/** Where things lie in ZooKeeper. */
import type { Folder } from './coordinator.ts';

export interface Paths {
  /** Parents of `root`, outermost first: open to everybody, like ZooKeeper's own root. */
  readonly chroots: readonly string[];
  readonly root: string;
  readonly config: string;
  readonly table: string;
  readonly folders: Readonly<Record<Folder, string>>;
}

export const folderNames = ['live', 'ring', 'gateways'] as const satisfies readonly Folder[];

/** @param chroot '' or `/a/b` */
export function pathsBelow(chroot: string): Paths {
  const parts = chroot.split('/').slice(1);
  const root = `${chroot}/ringway`;
  return {
    chroots: parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`),
    root,
    config: `${root}/config`,
    table: `${root}/table`,
    folders: { live: `${root}/live`, ring: `${root}/ring`, gateways: `${root}/gateways` },
  };
}
