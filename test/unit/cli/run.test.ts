import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError, RingwayError } from '../../../base/index.ts';
import { type Command, command, exitCodes } from '../../../cli/command.ts';
import { commands } from '../../../cli/commands.ts';
import { integer } from '../../../cli/option-kinds.ts';
import { flagOf, variableOf } from '../../../cli/options.ts';
import { run } from '../../../cli/run.ts';
import { type FakeTerminal, fakeTerminal } from '../../support/cli/fake-terminal.ts';

interface Result {
  readonly code: number;
  readonly terminal: FakeTerminal;
}

async function ringway(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  list: readonly Command[] = commands,
): Promise<Result> {
  const terminal = fakeTerminal();
  return { code: await run({ args, env, terminal, commands: list }), terminal };
}

function failing(error: unknown): Command {
  const workers = integer({ about: 'n', placeholder: '<n>', fallback: 3, min: 1, max: 9 });
  const fail = async (): Promise<never> => {
    throw error;
  };
  return command({
    name: 'fail',
    summary: '',
    details: [],
    words: [],
    options: { workers },
    run: fail,
  });
}

describe('the ringway command', () => {
  it('shows the help when nothing is asked, with every command and every exit code', async () => {
    const { code, terminal } = await ringway([]);
    const help = terminal.output.join('\n');
    expect(code).to.equal(exitCodes.done);
    for (const { name } of commands) expect(help).to.match(new RegExp(`^  ${name}\\b`, 'm'));
    for (const exitCode of Object.values(exitCodes)) {
      expect(help).to.match(new RegExp(`^ +${exitCode}  `, 'm'));
    }
  });

  it('prints the version of the package', async () => {
    const { terminal } = await ringway(['--version']);
    expect(terminal.output).to.have.length(1);
    expect(terminal.output[0]).to.match(/^\d+\.\d+\.\d+$/);
  });

  for (const each of commands) {
    it(`lists every option of ${each.name} in its help, as flag, variable and default`, async () => {
      const { code, terminal } = await ringway([each.name, '--help-all']);
      const help = terminal.output.join('\n');
      expect(code).to.equal(exitCodes.done);
      for (const [name, option] of Object.entries(each.options)) {
        const end = option.isFlagOnly === true ? '\n' : ',';
        const flag = `${flagOf(name)}${option.placeholder ? ' ' : end}`;
        if (option.isVariableOnly !== true) expect(help).to.include(flag);
        if (option.isFlagOnly !== true) expect(help).to.include(variableOf(name));
        expect(help).to.include(option.about);
        if (option.fallbackText !== '') expect(help).to.include(`default: ${option.fallbackText}`);
      }
    });
  }

  it('suggests the command that was likely meant', async () => {
    const { code, terminal } = await ringway(['tokn']);
    expect(code).to.equal(exitCodes.misused);
    expect(terminal.errors[0]).to.equal('"tokn" is not a command. Did you mean ringway token?');
  });

  it('warns of a variable that is nearly an option, and leaves others alone', async () => {
    const env = { RINGWAY_WORKRS: '5', RINGWAY_SERVICE_HOST: '10.0.0.1', HOME: '/' };
    const { terminal } = await ringway(['fail'], env, [failing(new RingwayError('x', 'y'))]);
    const warnings = terminal.errors.filter((line) => line.startsWith('warning'));
    expect(warnings).to.deep.equal([
      'warning: RINGWAY_WORKRS is not an option; RINGWAY_WORKERS is',
    ]);
  });

  const failures: readonly (readonly [unknown, keyof typeof exitCodes, string])[] = [
    [new ConfigError(['--a is bad', '--b is bad']), 'misused', 'ringway fail: --b is bad'],
    [
      new RingwayError('cli.unreachable', 'no answer'),
      'unreachable',
      'no answer [cli.unreachable]',
    ],
    [
      new RingwayError('gateway.listen_failed', 'no such address'),
      'unreachable',
      'no such address [gateway.listen_failed]',
    ],
    [
      new RingwayError('link.listen_failed', 'no such host'),
      'unreachable',
      'no such host; see --listen (RINGWAY_LISTEN) [link.listen_failed]',
    ],
    [
      new RingwayError('worker.superseded', 'w-1@2 is newer'),
      'superseded',
      'w-1@2 is newer; give each worker an --id of its own (RINGWAY_ID) [worker.superseded]',
    ],
    [
      new RingwayError('worker.data_replaced', 'other data'),
      'outdated',
      'other data; start it again [worker.data_replaced]',
    ],
    [
      new RingwayError('coordinator.denied', 'another secret'),
      'refused',
      'another secret [coordinator.denied]',
    ],
    [new RingwayError('worker.unknown', 'no w-9'), 'refused', 'no w-9 [worker.unknown]'],
    [new TypeError('bug'), 'failed', 'unforeseen error: TypeError: bug'],
  ];
  for (const [error, exit, said] of failures) {
    it(`ends with ${exitCodes[exit]} (${exit}) on ${String(error).split('\n')[0]}`, async () => {
      const { code, terminal } = await ringway(['fail'], {}, [failing(error)]);
      expect(code).to.equal(exitCodes[exit]);
      expect(terminal.errors.join('\n')).to.include(said);
    });
  }
});
