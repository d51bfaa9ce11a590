/**
 * Options of `ringway simulate`, under the headings of its help. They are of one run, so none but
 * the secret has a variable: `RINGWAY_WEIGHT` is a worker's own and must not become a step here.
 */
import {
  type BillRates,
  defaultRates,
  type StrategyName,
  simulationLimits,
  strategies,
} from '../../ring/index.ts';
import { clusterOptions } from '../cluster-options.ts';
import {
  integer,
  ofThisRun,
  oneOf,
  optionalInteger,
  optionalText,
  repeatable,
  toggle,
} from '../option-kinds.ts';
import type { Option, Values } from '../options.ts';
import {
  autoscale,
  fraction,
  ids,
  key,
  measures,
  numberFrom,
  optional,
  pattern,
  someOf,
  weights,
  workersList,
  zones,
} from './option-kinds.ts';

const file = (about: string, placeholder = '<file>'): Option<string | undefined> =>
  optionalText({ about, placeholder });

const ring = ofThisRun('The ring', {
  workers: workersList({
    about: 'How many workers (w-1, w-2, …), or their ids',
    placeholder: '<n|id,…>',
  }),
  weights: weights({ about: 'Weights of --workers other than 1', placeholder: '<id=w,…>' }),
  zones: zones({
    about: 'Their zones: worker=zone each, or zones to deal out in turn',
    placeholder: '<id=zone,…|zone,…>',
  }),
  ring: file('JSON or YAML: a list of members with id, weight, zone and capacity'),
  zookeeper: optionalText({
    about: 'The live cluster, read and left alone; needs RINGWAY_SECRET',
    placeholder: '<host:port,…>',
  }),
});

const users = ofThisRun('Who is connected', {
  users: file(
    'user[,connections[,events_per_s]] by line; gzip is seen through, - is the input',
    '<file.csv|file.csv.gz|->',
  ),
  pattern: pattern({
    about: 'Then --users is a log of connections: who, in a group named user',
    placeholder: '<regular expression>',
  }),
  synthetic: optionalInteger({
    about: 'So many users whom nobody has, for planning',
    placeholder: '<n>',
    fallbackText: '',
    min: 1,
    max: simulationLimits.usersMax,
  }),
  zipf: numberFrom(0, {
    about: '… of whom few are busy and many are not: the exponent, 1 is usual',
    placeholder: '<s>',
    max: 10,
  }),
  seed: integer({
    about: 'Decides about synthetic users, and what --verify draws',
    placeholder: '<n>',
    fallback: 1,
    min: 0,
    max: 0xffff_ffff,
  }),
  keyPrefix: optionalText({
    about: 'Put before an id to make its key',
    placeholder: '<text>',
    fallbackText: 'user:',
  }),
  showIds: toggle('Print the ids of hot users; else nobody is named'),
});

const scenario = ofThisRun('What happens, in the order given', {
  add: repeatable(
    integer({ about: 'So many workers join', placeholder: '<n>', fallback: 0, min: 1, max: 4096 }),
  ),
  remove: repeatable(ids({ about: 'Workers are drained together', placeholder: '<id,…>' })),
  crash: repeatable(ids({ about: 'Workers are lost together', placeholder: '<id,…>' })),
  weight: repeatable(weights({ about: 'Workers get other weights', placeholder: '<id=w,…>' })),
  rollingDeploy: repeatable(toggle('Each worker leaves and comes back under its id')),
  zoneLoss: repeatable(
    optional({ about: 'All workers of a zone are lost', placeholder: '<zone>' }, (text) =>
      text === '' ? { expected: 'the name of a zone' } : { value: text },
    ),
  ),
  autoscale: repeatable(
    autoscale({
      about: 'To so many workers, then by so many to so many',
      placeholder: '<from..to by n>',
    }),
  ),
  anyOne: repeatable(toggle('What if any one worker crashed: all are tried, nothing changes')),
  anyTwo: repeatable(toggle('What if any two crashed together: all pairs are tried')),
  scenario: repeatable(
    optional({ about: 'JSON or YAML: a list of these', placeholder: '<file>' }, (text) => ({
      value: text,
    })),
  ),
});

const questions = ofThisRun('What to answer besides', {
  compare: toggle('The same users through other ways of placing them'),
  strategies: someOf(Object.keys(strategies) as StrategyName[], {
    about: 'Which',
    placeholder: '<name,…>',
    fallbackText: 'all',
  }),
  schemes: toggle('What an event costs: broadcast, Redis, queue per worker, ring'),
  explain: repeatable(
    key({ about: 'Where a key is and which step moves it', placeholder: '<user:alice>' }),
  ),
  verify: toggle('Try the laws of the ring on these very names'),
  optimize: oneOf({
    about: 'Fit the weights so that the load is even, as one more step: balance',
    placeholder: '<what>',
    fallback: 'none',
    choices: ['none', 'balance'],
  }),
});

const limits = ofThisRun('What is too much (exit code 1)', {
  maxMoved: fraction({
    about: 'Users that one planned step may move; also what --optimize may',
    placeholder: '<share>',
  }),
  maxImbalance: numberFrom(1, {
    about: 'Busiest worker ÷ its fair share, after any step and after the crashes tried',
    placeholder: '<x>',
  }),
  measure: optional(
    {
      about: 'What balance is judged by: slots, users, connections, events',
      placeholder: '<what>',
      fallbackText: 'connections, or slots without users',
    },
    (text) => {
      const value = measures.find(
        (each) => each === text || (text === 'events' && each.startsWith(text)),
      );
      return value === undefined ? { expected: 'slots, users, connections, events' } : { value };
    },
  ),
});

const output = ofThisRun('Output', {
  json: toggle('The whole report (docs/schemas/simulation.v1.json)'),
  csv: toggle('One row for each step and worker'),
  html: file('Write a page to look at and to print'),
  details: toggle('Every worker at every step, every flow'),
  out: { ...file('Of `plan`: write the plan'), letter: 'o' },
  check: file('Of `plan`: is the cluster still where this plan begins?'),
});

const bill = ofThisRun('The bill', {
  pace: rate('pacePerS', 'Connections moved per second when a move is paced', '<n>'),
  acceptRate: rate('acceptsPerS', 'Where sockets are closed: new ones a worker takes per s', '<n>'),
  reconnectSpreadS: rate('reconnectSpreadS', '… and over how long clients come back', '<s>'),
  bytesPerUser: rate('bytesPerUser', 'Log and state of a user', '<bytes>'),
  bytesPerSession: rate('bytesPerSession', 'What a worker keeps of a connection', '<bytes>'),
  copyBytesPerS: rate('copyBytesPerS', 'What a worker copies per second', '<bytes>'),
});

function rate(
  name: keyof BillRates,
  about: string,
  placeholder: string,
): Option<number | undefined> {
  const fallbackText = String(defaultRates[name]);
  const mayBeZero = name === 'bytesPerUser' || name === 'bytesPerSession';
  return numberFrom(mayBeZero ? 0 : 0.001, { about, placeholder, fallbackText, max: 1e12 });
}

const live = {
  secret: {
    ...clusterOptions.secret,
    // Its length matters with --zookeeper only.
    ...{ isRequired: false, group: 'The ring', read: (value: string) => ({ value }) },
    ...{ about: 'For --zookeeper: shared by all processes of the cluster', fallbackText: 'none' },
  },
  sessionTimeoutMs: { ...clusterOptions.sessionTimeoutMs, group: 'The ring' },
};

export const simulateOptions = {
  ...{ ...ring, ...live, ...users, ...scenario, ...questions, ...limits, ...output, ...bill },
};

export type SimulateValues = Values<typeof simulateOptions>;
