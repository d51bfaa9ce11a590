/**
 * Several Prometheus texts as one: every sample gets a label that says whose it is, and every
 * metric has its HELP and TYPE once, with all its samples under it, as the format demands.
 */

/** By label value, the texts; ids only, so nothing needs escaping. */
export function mergeMetrics(texts: ReadonlyMap<string, string>, label: string): string {
  const metrics = new Map<string, { readonly head: Set<string>; readonly samples: string[] }>();
  for (const [value, text] of texts) {
    let name = '';
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, described] = /^# (?:HELP|TYPE) (\S+)/.exec(line) ?? [];
      // A histogram's samples have names of their own, and stand under its TYPE.
      name = described ?? name;
      const metric = metrics.get(name) ?? { head: new Set(), samples: [] };
      metrics.set(name, metric);
      if (described !== undefined) metric.head.add(line);
      else if (!line.startsWith('#')) metric.samples.push(labelled(line, `${label}="${value}"`));
    }
  }
  const lines = [...metrics.values()].flatMap(({ head, samples }) => [...head, ...samples]);
  return lines.map((line) => `${line}\n`).join('');
}

/** `name{a="b"} 1` or `name 1`. */
function labelled(sample: string, label: string): string {
  const end = sample.search(/[{ ]/);
  const [name, rest] = [sample.slice(0, end), sample.slice(end)];
  return rest.startsWith('{') ? `${name}{${label},${rest.slice(1)}` : `${name}{${label}}${rest}`;
}
