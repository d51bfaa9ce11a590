/** What was asked for besides: explanations, other strategies, schemes, laws, fitted weights. */
import type { Explanation, LawCheck, SchemeCost, StrategyRun } from '../../../ring/index.ts';
import { count, percent, plural, times } from '../numbers.ts';
import type { OptimizationReport, SimulationReport } from '../report.ts';
import { heading, note, type Page, shown, table, wrapped } from './table.ts';

export function explainLines(report: SimulationReport, page: Page): readonly string[] {
  return (report.explanations ?? []).flatMap((each) => oneExplanation(each, page));
}

function oneExplanation(each: Explanation, page: Page): readonly string[] {
  const { key, hash, slot, position, movedBy } = each;
  const change = (before: string, after: string): string =>
    before === after ? before || 'none' : `${before || 'none'} → ${after || 'none'}`;
  const moves = movedBy.map(({ step, label, from, to, isToSuccessor }) => {
    const how = isToSuccessor ? 'who had a copy already' : 'copied there first';
    return `step ${step} (${label}) moves it ${from} → ${to}, ${how}`;
  });
  const hex = hash.toString(16).padStart(8, '0');
  const place = `hash ${count(hash)} (0x${hex}), slot ${slot}, position ${count(position)}`;
  const owner = `owner ${change(each.ownerBefore, each.ownerAfter)}`;
  const second = `second copy ${change(each.successorBefore, each.successorAfter)}`;
  return [
    ...heading(key, 'prefix included', page),
    ...note(place, page),
    ...note(`${owner}, ${second}`, page),
    ...(moves.length === 0 ? ['no step moves it'] : moves).flatMap((move) => note(move, page)),
  ];
}

export function comparisonLines({ comparison }: SimulationReport, page: Page): readonly string[] {
  if (comparison === undefined) return [];
  const { users, usersOf, strategies } = comparison;
  const sample =
    users === usersOf
      ? count(users)
      : `every ${Math.round(usersOf / users)}th of ${count(usersOf)}`;
  const ringOf = (run: StrategyRun, pick: 'moved' | 'collateral' | 'minimum'): string => {
    const circles = run.steps.flatMap(({ circle }) => (circle === undefined ? [] : [circle[pick]]));
    if (circles.length === 0) return '';
    return percent(circles.reduce((sum, each) => sum + each, 0));
  };
  const most = Math.max(...strategies.map(({ moved }) => moved.users), 1);
  return [
    ...heading(
      'Strategies',
      `the same ${sample} users; circle: exact, of strategies that are rings`,
      page,
    ),
    ...table(
      {
        rows: strategies,
        columns: [
          { head: 'STRATEGY', isText: true, text: ({ name }) => name },
          { head: 'MOVED', text: ({ moved }) => percent(moved.users / users) },
          { head: 'LEAST', rank: 1, text: ({ minimum }) => percent(minimum.users / users) },
          {
            head: 'STRAY',
            text: ({ collateral }) => percent(collateral.users / users),
            hue: ({ collateral }) => (collateral.users > 0 ? 'bad' : 'good'),
          },
          { head: 'CIRCLE', rank: 2, text: (run) => ringOf(run, 'moved') },
          { head: 'LEAST', rank: 3, text: (run) => ringOf(run, 'minimum') },
          { head: 'BEFORE', rank: 2, text: ({ before }) => times(before.users) },
          { head: '× FAIR', text: ({ after }) => times(after.users) },
        ],
        bar: { ...{ head: '', after: 'MOVED', max: most }, value: ({ moved }) => moved.users },
      },
      page,
    ),
    ...strategies.flatMap(({ name, about, usesWeights }) => {
      const text = `${name}: ${about}${usesWeights ? '' : ' (knows no weights)'}`;
      return wrapped(text, page.width - 4, '  ').map((line) => `  ${page.paint('dim', line)}`);
    }),
  ];
}

export function schemeLines({ schemes = [] }: SimulationReport, page: Page): readonly string[] {
  const all = page.hasDetails ? schemes : schemes.slice(-1);
  return all.flatMap(({ workers, eventsPerS, costs }) => [
    ...heading(
      'Cost of an event',
      `with ${plural(workers, 'worker')}, at ${count(eventsPerS)} events/s; formulas, not measurements`,
      page,
    ),
    ...table<SchemeCost>(
      {
        rows: costs,
        columns: [
          { head: 'SCHEME', isText: true, text: ({ name }) => name },
          {
            head: 'MESSAGES',
            text: ({ messagesPerEvent }) => String(Number(messagesPerEvent.toFixed(2))),
          },
          { head: 'LOOK-UPS', text: ({ lookUpsPerEvent }) => String(lookUpsPerEvent) },
          {
            head: 'READS/S OF A WORKER',
            rank: 1,
            text: ({ readsPerWorkerPerS }) => count(readsPerWorkerPerS),
          },
          { head: 'FORMULA', isText: true, rank: 2, text: ({ formula }) => formula },
        ],
        bar: {
          ...{ head: '', after: 'MESSAGES' },
          max: Math.max(...costs.map(({ messagesPerEvent }) => messagesPerEvent)),
          value: ({ messagesPerEvent }) => messagesPerEvent,
        },
      },
      page,
    ),
  ]);
}

export function verificationLines(
  { verification }: SimulationReport,
  page: Page,
): readonly string[] {
  if (verification === undefined) return [];
  const { laws, sharedPoints, ringId } = verification;
  return [
    ...heading('Laws of the ring', `tried on these members (ring ${ringId})`, page),
    ...laws.flatMap((law) => lawLines(law, page)),
    ...note(`points that two members share: ${count(sharedPoints)} (the lowest id has them)`, page),
  ];
}

function lawLines({ isHeld, says, broken, cases }: LawCheck, page: Page): readonly string[] {
  const verdict = page.paint(isHeld ? 'good' : 'bad', isHeld ? 'holds ' : 'BROKEN');
  const what = `${says}${broken === undefined ? '' : `: ${broken}`} (${plural(cases, 'case')})`;
  const [first = '', ...rest] = wrapped(what, page.width - 10);
  return [`  ${verdict}  ${first}`, ...rest.map((line) => `          ${line}`)];
}

const fittedShown = 24;

export function optimizationLines(
  { optimization }: SimulationReport,
  page: Page,
): readonly string[] {
  if (optimization === undefined) return [];
  const { before, after, moved, measure, workers, step } = optimization;
  const about = `busiest ${times(before)} → ${times(after)} × its fair share of ${measure}; moves ${percent(moved)}`;
  if (step === undefined) return [...heading('Fitted weights', 'nothing to change', page)];
  const changed = workers.filter(({ weight, weightBefore }) => weight !== weightBefore);
  const { items, more } = shown(changed, fittedShown, page);
  const short = (weight: number): string => String(Number(weight.toFixed(5)));
  return [
    ...heading('Fitted weights', about, page),
    ...table<OptimizationReport['workers'][number]>(
      {
        rows: items,
        columns: [
          { head: 'WORKER', isText: true, text: ({ id }) => id },
          { head: 'VNODES', text: ({ vnodesBefore }) => String(vnodesBefore) },
          { head: '', isText: true, text: () => '→' },
          { head: '', text: ({ vnodes }) => String(vnodes) },
          { head: '× FAIR', rank: 1, text: ({ timesFairBefore }) => times(timesFairBefore) },
          { head: '', isText: true, rank: 1, text: () => '→' },
          { head: '', rank: 1, text: ({ timesFair }) => times(timesFair) },
          { head: 'TO BE SET', isText: true, text: ({ weight }) => `--weight ${short(weight)}` },
        ],
      },
      page,
    ),
    ...more,
  ];
}
