/** How the page looks: the live page's manner, in one style sheet for screen, night and paper. */
import { type Heat, heats, type Theme, themes } from './colours.ts';

export const style = `
:root {
  color-scheme: light dark;
${variablesOf('light')}
}
@media screen and (prefers-color-scheme: dark) {
  :root {
${variablesOf('dark')}
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
header, nav, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1rem; }
header p { margin: 0; }
h1 { margin: 0; font-size: 1.35rem; }
h2 { margin: 0 0 0.6rem; font-size: 1.1rem; }
nav { display: flex; flex-wrap: wrap; gap: 0.15rem 0.9rem; padding-top: 0.4rem; font-size: 0.9rem; }
a { color: var(--accent); }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; padding-top: 1rem; padding-bottom: 2rem; }
section { min-width: 0; padding: 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); scroll-margin-top: 0.5rem; }
p { margin: 0 0 0.6rem; max-width: 58rem; overflow-wrap: anywhere; }
small { font-size: 0.87em; color: var(--quiet); }
bdi { overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.note { font-size: 0.9rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.strong { font-weight: 650; }
.big { display: block; font-size: 1.5rem; line-height: 1.2; }
.paper { display: none; }

.verdict { border-left-width: 8px; }
.is-ok { border-left-color: var(--good); }
.is-not-ok { border-left-color: var(--bad); }
.verdict h2 { font-size: 1.5rem; }
.is-ok h2 { color: var(--good); }
.is-not-ok h2, .problems { color: var(--bad); }
.headline { font-size: 1.08rem; }
.problems { margin: 0 0 0.8rem; padding-left: 1.2rem; font-weight: 600; overflow-wrap: anywhere; }

.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: 0.8rem 1.2rem; margin: 0.8rem 0; }
.tiles dt { color: var(--quiet); font-size: 0.87rem; }
.tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles small { display: block; margin-top: 0.1rem; font-size: 0.85rem; font-weight: 400; line-height: 1.35; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 0.4rem 1.5rem; margin: 0 0 0.8rem; }
.facts dt { color: var(--quiet); font-size: 0.87rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem 2rem; }
figure { min-width: 0; margin: 0; text-align: center; }
figcaption { margin-bottom: 0.2rem; font-size: 0.92rem; font-weight: 600; text-align: left; }
.table { text-align: left; }
.table > figcaption { max-width: 58rem; margin: 0.5rem 0 0.2rem; color: var(--quiet); font-size: 0.9rem; font-weight: 400; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0.5rem 0; padding: 0; list-style: none; font-size: 0.9rem; overflow-wrap: anywhere; }
.swatch { width: 0.8em; height: 0.8em; margin-right: 0.45em; }
.sign { margin-right: 0.45em; vertical-align: -0.1em; overflow: visible; }
svg text { fill: var(--quiet); font-size: 12px; font-family: inherit; font-variant-numeric: tabular-nums; }

.circle { width: min(100%, 29rem); height: auto; }
.circle .circle-count { fill: var(--text); font-size: 30px; font-weight: 650; }
.circle .circle-word { font-size: 15px; }
.circle .circle-label { fill: var(--text); font-size: 14px; }
.arc { fill: none; }
.arc.stays { stroke: var(--pale); }
.arc.odd { stroke-opacity: 0.75; }
.arc.joins { stroke: #009e73; stroke-opacity: 1; }
.arc.leaves { stroke: #e69f00; stroke-opacity: 1; }
.arc.crashes { stroke: #d55e00; stroke-opacity: 1; }
.arc.reweighted { stroke: #56b4e9; }
.arc.moves { stroke: #cc79a7; }
.arc.moved { stroke: var(--text); }

.bar { display: block; width: 100%; min-width: 6rem; overflow: visible; }
.past { fill: var(--past); }
.now { fill: var(--accent); }
.over { fill: var(--bad); }
.crash { fill: #d55e00; }
.fair { stroke: var(--text); stroke-width: 1.5; }
.limit { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 3; }
.floor { stroke: #009e73; stroke-width: 2; stroke-dasharray: 1.5 3; stroke-linecap: round; }
.least { stroke: var(--text); stroke-width: 2; }
.worst { fill: var(--card); stroke: var(--text); stroke-width: 1.5; }
.trace { stroke: var(--accent); stroke-width: 2; }
.tick { stroke: var(--line); }
.plot { display: grid; grid-template-columns: 3.6rem minmax(0, 1fr); gap: 0.5rem; }
.scale, .field, .strip { display: block; width: 100%; overflow: visible; }
.strip { margin: 0.6rem 0; }
.dot { fill-opacity: 0.55; stroke: var(--card); stroke-width: 0.7; }

.scroll { overflow-x: auto; margin-bottom: 0.6rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.narrow { width: auto; min-width: min(22rem, 100%); }
th, td { padding: 0.3rem 0.5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; white-space: nowrap; }
thead th { color: var(--quiet); font-size: 0.88em; font-weight: 600; vertical-align: bottom; white-space: normal; }
tbody th { max-width: 22rem; font-weight: 400; white-space: normal; overflow-wrap: break-word; }
.dense { font-size: 0.88rem; }
.dense th, .dense td { padding-right: 0.4rem; padding-left: 0.4rem; }
.number { text-align: right; }
.bars { width: 34%; min-width: 8rem; }
.loads .bars { width: 55%; }
.many th, .many td { padding-top: 0.05rem; padding-bottom: 0.05rem; }
.compare .bars { width: 22%; }
.wide { white-space: normal; min-width: 9rem; overflow-wrap: break-word; }
.about { display: block; min-width: 12rem; }
.hot tbody th { min-width: 9rem; }
.hot .bars { width: 24%; }
.versus th, .versus td { white-space: normal; vertical-align: top; }
.versus td { width: 38%; min-width: 11rem; }
.tag { padding: 0 0.45em; border: 1px solid currentColor; border-radius: 999px; color: var(--quiet); font-size: 0.82em; white-space: nowrap; }
.matrix { width: auto; }
.matrix td { min-width: 4.2rem; border: 1px solid var(--card); }
.matrix thead th { max-width: 9rem; text-align: right; overflow-wrap: anywhere; }
.matrix thead th:first-child { text-align: left; white-space: nowrap; }
abbr { text-decoration: none; }
.h-none { color: var(--quiet); }
${heatRules('light')}
.plain { margin: 0; padding: 0; list-style: none; }
th button { padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: inherit; cursor: pointer; }
th button:hover { text-decoration: underline; }
th[aria-sort='descending'] button::after { content: ' ↓'; }
th[aria-sort='ascending'] button::after { content: ' ↑'; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details { margin: 0.5rem 0; }
summary { color: var(--accent); cursor: pointer; overflow-wrap: anywhere; }
pre { margin: 0 0 0.8rem; padding: 0.6rem; border: 1px solid var(--line); border-radius: 7px; background: var(--ground); font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: 0.93em ui-monospace, monospace; overflow-wrap: anywhere; }
footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem 2rem; color: var(--quiet); font-size: 0.87rem; }

@media screen and (prefers-color-scheme: dark) {
${heatRules('dark')}
}
@media (max-width: 30rem) {
  section { padding: 0.8rem; }
  .circle .circle-label { font-size: 18px; }
  th, td, .dense th, .dense td { padding-right: 0.3rem; padding-left: 0.3rem; }
  .bar, .bars { min-width: 5rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@page { size: A4; margin: 13mm 12mm; }
@media print {
  html { font-size: 9.5pt; }
  body { background: none; font-size: 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main { max-width: none; padding: 0; }
  main { display: block; }
  nav, .screen { display: none; }
  .paper { display: block; }
  section { margin: 0 0 5mm; padding: 0; border: 0; }
  section.verdict { padding: 2mm 0 0 4mm; border-left-width: 2mm; border-left-style: solid; border-radius: 0; }
  h2 { margin-top: 4mm; break-after: avoid; }
  .verdict h2 { margin-top: 0; }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 3mm; }
  .tiles dd { font-size: 10.5pt; }
  .pair { grid-template-columns: 1fr 1fr; gap: 4mm; }
  .circle { max-height: 66mm; }
  h2 + p { break-after: avoid; }
  th button { display: contents; }
  figure:not(.table), tr, .tiles div, .facts div, .legend, .strip, .verdict { break-inside: avoid; }
  thead { display: table-header-group; }
  figcaption, summary { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  table.dense { font-size: 7pt; }
  th, td, .dense th, .dense td { padding: 0.6mm 0.9mm; }
  .bars, .about, .versus td, .matrix td, .bar, .hot tbody th { min-width: 0; }
  .wide { min-width: 17mm; }
  details:not([open]) { display: none; }
  summary { color: inherit; list-style: none; }
  pre { font-size: 7.5pt; }
  a { color: inherit; text-decoration: none; }
}
`;

function variablesOf(name: keyof typeof themes): string {
  const theme: Theme = themes[name];
  return Object.entries(theme)
    .map(([variable, colour]) => `  --${variable}: ${colour};`)
    .join('\n');
}

function heatRules(name: keyof typeof heats): string {
  return heats[name]
    .map(([ground, text]: Heat, step) => `.h-${step} { background: ${ground}; color: ${text}; }`)
    .join('\n');
}
