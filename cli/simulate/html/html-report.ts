/**
 * `--html`: the report as one page that needs nothing else: no file beside it, no network, no
 * script for reading. A strict policy keeps it that way: the browser runs and draws only what
 * this version wrote, whatever names the report holds. The same report gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { plural } from '../numbers.ts';
import type { SimulationReport } from '../report.ts';
import { balanceSection, surveysSection } from './balance.ts';
import { billSection } from './bill.ts';
import {
  explanationsSection,
  hotSection,
  optimizationSection,
  verificationSection,
} from './findings.ts';
import { inputsSection } from './inputs.ts';
import { type Markup, markup, trusted } from './markup.ts';
import { matrixSection } from './matrix.ts';
import { whole } from './numbers.ts';
import { ringSection } from './ring.ts';
import { sortScript } from './sort-script.ts';
import { stepsSection } from './steps.ts';
import { comparisonSection, schemesSection } from './strategies.ts';
import { style } from './style.ts';
import { verdictSection } from './verdict.ts';
import { type View, viewOf } from './view.ts';
import { loadSection, workersSection } from './workers.ts';

const parts: readonly (readonly [
  id: string,
  name: string,
  part: (view: View) => Markup | undefined,
])[] = [
  ['verdict', 'Verdict', verdictSection],
  ['optimize', 'Fitted weights', optimizationSection],
  ['ring', 'Ring', ringSection],
  ['steps', 'Steps', stepsSection],
  ['load', 'Load', loadSection],
  ['flows', 'Who to whom', matrixSection],
  ['balance', 'Even, or luck?', balanceSection],
  ['surveys', 'Crashes', surveysSection],
  ['bill', 'Bill', billSection],
  ['hot', 'Hot users', hotSection],
  ['compare', 'Strategies', comparisonSection],
  ['schemes', 'Designs', schemesSection],
  ['explain', 'Keys', explanationsSection],
  ['verify', 'Laws', verificationSection],
  ['workers', 'Workers', workersSection],
];

/** The whole page, ending in a line feed. */
export function htmlReport(report: SimulationReport): string {
  const view = viewOf(report);
  const sections = parts.flatMap(([id, name, part]) => {
    const content = part(view);
    return content === undefined ? [] : [{ id, name, content }];
  });
  sections.push({ id: 'inputs', name: 'Inputs', content: inputsSection(view) });
  const title = `${report.isOk ? 'OK' : 'Not OK'}: ${sizeOf(view)}`;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="referrer" content="no-referrer" />
<title>${title} – Ringway ring simulation</title>
<style>${trusted(style)}</style>
</head>
<body>
<header><h1>Ring simulation</h1><p class="quiet">${sizeOf(view)}</p></header>
<nav aria-label="Parts of this page">${sections.map(({ id, name }) => markup`<a href="#${id}">${name}</a> `)}</nav>
<main>
${sections.map(({ content }) => content)}</main>
<footer>Made by ringway simulate ${report.ringway}, from ${report.schema}.</footer>
<script>${trusted(sortScript)}</script>
</body>
</html>
`.toString();
}

const policy = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(sortScript)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function sizeOf({ simulation, hasUsers }: View): string {
  const [before, after] = [simulation.before.workers.length, simulation.after.workers.length];
  const workers =
    before === after ? plural(after, 'worker') : `${whole(before)} → ${plural(after, 'worker')}`;
  const who = hasUsers ? plural(simulation.load.users, 'user') : plural(simulation.slots, 'slot');
  return `${workers}, ${who}, ${plural(simulation.steps.length, 'step')}`;
}
