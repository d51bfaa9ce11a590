import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import {
  integer,
  ofThisRun,
  oneOf,
  optionalText,
  port,
  repeatable,
  text,
  toggle,
  url,
} from '../../../cli/option-kinds.ts';
import {
  flagOf,
  type Options,
  type Parsed,
  parseOptions,
  variableOf,
} from '../../../cli/options.ts';

const about = 'something';
const options = {
  workers: integer({ about, placeholder: '<n>', fallback: 3, min: 1, max: 64 }),
  adminPort: port(8081, about),
  user: text({ about, placeholder: '<name>', fallback: 'alice' }),
  jwtSecret: optionalText({
    about,
    placeholder: '<secret>',
    isSecret: true,
    pattern: /^.{8,}$/,
    expected: 'at least 8 characters',
  }),
  admin: url({ about, placeholder: '<url>', fallback: 'http://a', schemes: ['http', 'https'] }),
  level: oneOf({ about, placeholder: '<l>', fallback: 'info', choices: ['info', 'warn'] }),
  json: toggle(about),
};

interface Given {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

function parse({ args = [], env = {}, words = [] }: Given): Parsed<typeof options> {
  return parseOptions({ options, words, args, env });
}

function problemsOf(given: Given): readonly string[] {
  try {
    parse(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('options of the command line', () => {
  it('take their defaults when nothing is given', () => {
    expect(parse({}).values).to.deep.equal({
      workers: 3,
      adminPort: 8081,
      user: 'alice',
      jwtSecret: undefined,
      admin: 'http://a',
      level: 'info',
      json: false,
    });
  });

  it('come from flags, with a space or an equals sign', () => {
    const { values } = parse({ args: ['--workers', '5', '--admin-port=9', '--json'] });
    expect(values).to.include({ workers: 5, adminPort: 9, json: true });
  });

  it('come from variables, and an empty variable is not there', () => {
    const env = { RINGWAY_ADMIN_PORT: '9', RINGWAY_JSON: 'true', RINGWAY_USER: '' };
    expect(parse({ env }).values).to.include({ adminPort: 9, json: true, user: 'alice' });
  });

  it('prefer the flag to the variable', () => {
    const { values } = parse({ args: ['--user', 'bob'], env: { RINGWAY_USER: 'carol' } });
    expect(values.user).to.equal('bob');
  });

  it('have one name in two spellings', () => {
    expect([flagOf('adminPort'), variableOf('adminPort')]).to.deep.equal([
      '--admin-port',
      'RINGWAY_ADMIN_PORT',
    ]);
  });

  it('report every mistake at once, each with the name of its flag or variable', () => {
    const problems = problemsOf({
      args: ['--workers', '0', '--level', 'loud', '--json=maybe', '--user', 'a', '--user', 'b'],
      env: { RINGWAY_ADMIN_PORT: 'http', RINGWAY_ADMIN: 'ftp://a', RINGWAY_JWT_SECRET: 'short' },
    });
    expect(problems).to.have.members([
      '--user is given twice',
      '--workers is "0" but must be a whole number from 1 to 64',
      'RINGWAY_ADMIN_PORT is "http" but must be a whole number from 0 to 65535',
      'RINGWAY_JWT_SECRET must be at least 8 characters',
      'RINGWAY_ADMIN is "ftp://a" but must be an address that begins with http:// or https://',
      '--level is "loud" but must be info, warn',
      '--json is "maybe" but must be true or false',
    ]);
  });

  const mistakes: readonly (readonly [what: string, given: Given, problem: string])[] = [
    [
      'an unknown option, with what was likely meant',
      { args: ['--wrokers', '5'] },
      '--wrokers is not an option of this command. Did you mean --workers?',
    ],
    [
      'an unknown option that resembles nothing',
      { args: ['--zzz'] },
      '--zzz is not an option of this command.',
    ],
    ['a flag at the end without its value', { args: ['--user'] }, '--user needs a value: <name>'],
    [
      'a flag that would swallow the next one',
      { args: ['--user', '--json'] },
      '--user needs a value: <name>',
    ],
    [
      'numbers that JavaScript would be kind to',
      { args: ['--workers', '0x10'] },
      '--workers is "0x10" but must be a whole number from 1 to 64',
    ],
    ['a missing argument', { words: ['key'] }, 'the argument <key> is missing'],
    ['one argument too many', { args: ['a'] }, 'unexpected argument "a"'],
  ];
  for (const [what, given, problem] of mistakes) {
    it(`refuse ${what}`, () => {
      expect(problemsOf(given)).to.deep.equal([problem]);
    });
  }

  it('leave arguments in their order and take what follows -- as it is', () => {
    const { words } = parse({ args: ['user:alice', '--', '--odd'], words: ['key', 'other'] });
    expect(words).to.deep.equal(['user:alice', '--odd']);
  });

  it('do not take names of Object.prototype for options', () => {
    const none: Options = {};
    expect(() =>
      parseOptions({ options: none, words: [], args: ['--constructor', '--__proto__'], env: {} }),
    ).to.throw(ConfigError, '--constructor is not an option');
  });
});

describe('options of one run', () => {
  const step = integer({ about, placeholder: '<n>', fallback: 0, min: 1, max: 9 });
  const scenario = {
    ...ofThisRun('Steps', {
      add: repeatable(step),
      drop: repeatable(step),
      all: repeatable(toggle(about)),
    }),
    out: { ...optionalText({ about, placeholder: '<file>' }), letter: 'o' },
  };
  const read = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    parseOptions({ options: scenario, words: [], optionalWords: ['plan', 'now'], args, env });
  const refusal = (...args: readonly string[]): readonly string[] => {
    try {
      read(args);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
    }
    return [];
  };

  it('may be repeated, and their places tell the order among all of them', () => {
    const { add, drop, all } = read(['--add', '1', '--drop=2', '--all', '--add', '3']).values;
    const order = [
      ...add.map(({ value, place }) => [place, `add ${value}`] as const),
      ...drop.map(({ value, place }) => [place, `drop ${value}`] as const),
      ...all.map(({ value, place }) => [place, `all ${value}`] as const),
    ].sort(([a], [b]) => a - b);
    expect(order.map(([, what]) => what)).to.deep.equal(['add 1', 'drop 2', 'all true', 'add 3']);
  });

  it('are empty when not given, whatever a variable says', () => {
    expect(read([], { RINGWAY_ADD: '5' }).values.add).to.deep.equal([]);
  });

  it('have each of their values checked', () => {
    expect(refusal('--add', '1', '--add', '0', '--add')).to.deep.equal([
      '--add is "0" but must be a whole number from 1 to 9',
      '--add needs a value: <n>',
    ]);
  });

  it('may have a letter', () => {
    expect(read(['-o', 'plan.json']).values.out).to.equal('plan.json');
    expect(refusal('-x')).to.deep.equal(['-x is not an option of this command.']);
  });

  it('stand beside words that may be left out, each once', () => {
    expect(read(['plan', '--add', '1']).words).to.deep.equal(['plan']);
    expect(read([]).words).to.deep.equal([]);
    expect(refusal('plan', 'plan')).to.deep.equal(['unexpected argument "plan"']);
    expect(refusal('plans')).to.deep.equal(['unexpected argument "plans"']);
  });
});
