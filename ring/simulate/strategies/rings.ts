/**
 * The strategies that lay points on a circle: Ringway's own, the package `hashring` as its page
 * shows it, ketama with the number of points said outright, and nginx.
 */
import HashRing from 'hashring';
import { type Circle, circleOf, nobody, pointIndexAt } from '../../circle.ts';
import { hashKey, slotCount } from '../../hash.ts';
import { laidOut } from '../../placement.ts';
import { createRing } from '../../ring.ts';
import { hashringPoints } from '../../virtual-nodes.ts';
import type { SimulatedMember } from '../types.ts';
import type { Layout, Strategy } from './strategy.ts';

/** Ringway: production code throughout. Users are placed by slot. */
export const ringway: Strategy = {
  name: 'ringway',
  about: 'ring of 640 points per worker, 16,384 slots',
  source: 'docs/ring.md',
  placesBy: 'crc32',
  usesWeights: true,
  layOut(members) {
    const ring = createRing(members);
    const indexes = new Map(members.map(({ id }, index) => [id, index]));
    const listed = Uint16Array.from(ring.members, ({ id }) => indexes.get(id) ?? nobody);
    const targets = laidOut(ring, slotCount).targets.map((owner) => listed[owner] ?? nobody);
    const { points, owners } = ring.circle;
    const circle = { points, owners: owners.map((owner) => listed[owner] ?? nobody) };
    return { members, circle, place: (hash) => targets[hash >>> 18] ?? nobody };
  },
};

/**
 * `new HashRing([…])`, or `new HashRing({id: {weight}})` where weights differ, as the package's
 * README has it. Points are a rounded-down share of 40 × workers: at 7, 14, 28, 49, 103 … equal workers
 * the product falls below 40 and everybody loses four points (3rd-Eden/node-hashring#43).
 */
export const hashringReadme: Strategy = {
  name: 'hashring',
  about: 'the package with its defaults, 160 points per worker, rounded down',
  source: 'https://github.com/3rd-Eden/node-hashring (3.2.0), README and index.js',
  placesBy: 'md5',
  usesWeights: true,
  layOut(members) {
    const isEqual = members.every(({ weight }) => weight === members[0]?.weight);
    const built = isEqual
      ? new HashRing(members.map(({ id }) => id))
      : new HashRing(Object.fromEntries(members.map(({ id, weight }) => [id, { weight }])));
    // Read, not asked: its look-up by key is unsafe (docs/decisions/0001-ring.md).
    const { ring } = built as unknown as {
      readonly ring: readonly { readonly value: number; readonly server: string }[];
    };
    const indexes = new Map(members.map(({ id }, index) => [id, index]));
    return onCircle(members, {
      points: Uint32Array.from(ring, ({ value }) => value),
      owners: Uint16Array.from(ring, ({ server }) => indexes.get(server) ?? nobody),
    });
  },
};

/** Ketama with 40 virtual nodes × weight of its own for each worker: what the package can do. */
export const ketama: Strategy = {
  name: 'ketama',
  about: 'ketama, 40 virtual nodes (160 points) × weight for each worker',
  source: 'https://github.com/RJ/ketama libketama/ketama.c, points per server made explicit',
  placesBy: 'md5',
  usesWeights: true,
  layOut(members) {
    const placed = members.map(({ id, weight }, owner) => ({
      owner,
      points: hashringPoints(id, Math.max(1, Math.round(weight * 40))),
    }));
    return onCircle(members, circleOf(placed));
  },
};

/**
 * nginx `hash $key consistent`: a chain of CRC-32 over host, zero byte, port and the sum before,
 * 160 × weight times; of equal points one stays.
 */
export const nginx: Strategy = {
  name: 'nginx',
  about: 'nginx `hash … consistent`, 160 points × weight',
  source: 'https://github.com/nginx/nginx src/http/modules/ngx_http_upstream_hash_module.c',
  placesBy: 'crc32',
  usesWeights: true,
  layOut(members) {
    const placed = members.map(({ id, weight }, owner) => ({
      owner,
      points: nginxPoints(id, Math.max(1, Math.round(weight * 160))),
    }));
    return onCircle(members, withoutTwins(circleOf(placed)));
  },
};

/** The first `count` points of a server without a port, in the order of the chain. */
export function nginxPoints(server: string, count: number): Uint32Array {
  const points = new Uint32Array(count);
  const base = `${server}\0`;
  let before = 0;
  for (let i = 0; i < count; i += 1) {
    before = crcOf(base, before);
    points[i] = before;
  }
  return points;
}

/** CRC-32 of an ASCII text and the four bytes of a number, lowest first. */
function crcOf(text: string, number: number): number {
  // hashKey takes text only: the four bytes are summed by hand.
  let crc = ~hashKey(text) >>> 0;
  for (let shift = 0; shift < 32; shift += 8) {
    crc ^= (number >>> shift) & 0xff;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function withoutTwins({ points, owners }: Circle): Circle {
  const isFirst = (_: number, i: number): boolean => i === 0 || points[i] !== points[i - 1];
  return {
    points: points.filter(isFirst),
    owners: owners.filter((_, i) => isFirst(0, i)),
  };
}

function onCircle(members: readonly SimulatedMember[], circle: Circle): Layout {
  const { owners } = circle;
  return { members, circle, place: (hash) => owners[pointIndexAt(circle, hash)] ?? nobody };
}
