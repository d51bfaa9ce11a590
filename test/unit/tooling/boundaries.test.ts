/**
 * The linter's guards, each shown at work: every planted violation must be found by the rule
 * that is there for it, and the lawful twin of each must pass. A guard that finds nothing
 * because it looks at nothing would stay green for ever.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';

const root = join(import.meta.dirname, '../../..');

interface Planted {
  readonly file: string;
  readonly rule: string;
  readonly text: string;
}

const imports = (from: string, name = 'thing'): string =>
  `import { ${name} } from '${from}';\n${name}();\n`;

const forbiddenImports: readonly (readonly [file: string, from: string])[] = [
  ['base/a.ts', '../ring/index.ts'],
  ['ring/a.ts', '../base/index.ts'],
  ['link/a.ts', '../ring/index.ts'],
  ['cluster/a.ts', '../link/index.ts'],
  ['events/a.ts', '../cluster/index.ts'],
  ['gateway/a.ts', '../worker/index.ts'],
  ['worker/a.ts', '../gateway/index.ts'],
  ['worker/b.ts', '../cli/index.ts'],
  ['producer/a.ts', '../ring/index.ts'],
  ['events/b.ts', '../producer/index.ts'],
  ['cli/a.ts', '../test/support/thing.ts'],
  ['worker/e.ts', '../bench/harness/thing.ts'],
  // Folders inside folders keep the rules of their part.
  ['ring/simulate/a.ts', '../../base/index.ts'],
  ['gateway/inner/a.ts', '../../worker/index.ts'],
  // Across folders only index.ts.
  ['link/b.ts', '../base/thing.ts'],
  ['cluster/b.ts', '../ring/thing.ts'],
  ['gateway/b.ts', '../cluster/thing.ts'],
  ['cli/b.ts', '../worker/thing.ts'],
  // One file for each technology.
  ['gateway/c.ts', 'ws'],
  ['worker/c.ts', 'ws'],
  ['link/c.ts', 'node:net'],
  ['worker/d.ts', 'node:net'],
  ['gateway/d.ts', 'node:tls'],
  ['cluster/c.ts', 'node:timers/promises'],
  ['cluster/d.ts', 'node-zookeeper-client'],
  ['events/c.ts', 'amqplib'],
  ['producer/c.ts', 'amqplib'],
];

const planted: readonly Planted[] = [
  ...forbiddenImports.map(([file, from]) => ({
    file,
    rule: 'lint/style/noRestrictedImports',
    text: imports(from),
  })),
  {
    file: 'base/cycle-a.ts',
    rule: 'lint/suspicious/noImportCycles',
    text: `import { b } from './cycle-b.ts';\nexport const a = (): unknown => b;\n`,
  },
  {
    file: 'base/timer.ts',
    rule: 'lint/style/noRestrictedGlobals',
    text: 'setTimeout(() => undefined, 1);\n',
  },
  {
    file: 'worker/date.ts',
    rule: 'lint/style/noRestrictedGlobals',
    text: 'export const now = (): number => Date.now();\n',
  },
  {
    file: 'ring/chance.ts',
    rule: 'lint/nursery/noJsRestrictedProperties',
    text: 'export const roll = (): number => Math.random();\n',
  },
  {
    file: 'cli/environment.ts',
    rule: 'lint/style/noProcessEnv',
    text: 'export const home = process.env.HOME;\n',
  },
  { file: 'cli/exit.ts', rule: 'lint/nursery/noProcessExit', text: 'process.exit(1);\n' },
  {
    file: 'link/default.ts',
    rule: 'lint/style/noDefaultExport',
    text: 'export default function thing(): void {}\n',
  },
  { file: 'events/print.ts', rule: 'lint/suspicious/noConsole', text: `console.log('x');\n` },
  {
    file: 'worker/floating.ts',
    rule: 'lint/nursery/noFloatingPromises',
    text: 'async function later(): Promise<void> {}\nlater();\n',
  },
  {
    file: 'worker/long.ts',
    rule: 'lint/complexity/noExcessiveLinesPerFunction',
    text: `export function long(x: number): number {\n${'  x += 1;\n'.repeat(80)}  return x;\n}\n`,
  },
  {
    file: 'worker/any.ts',
    rule: 'lint/suspicious/noExplicitAny',
    text: 'export const x: any = 1;\n',
  },
  {
    file: 'worker/bang.ts',
    rule: 'lint/style/noNonNullAssertion',
    text: 'export const first = (list: string[]): string => list[0]!;\n',
  },
];

const lawful: readonly (readonly [file: string, text: string])[] = [
  ['link/ok.ts', imports('../base/index.ts')],
  ['cluster/ok.ts', imports('../ring/index.ts')],
  ['gateway/ok.ts', imports('../cluster/index.ts')],
  ['gateway/inner/ok.ts', imports('../../link/index.ts')],
  ['gateway/sockets.ts', imports('ws')],
  ['cli/client-socket.ts', imports('ws')],
  ['gateway/address.ts', imports('node:net', 'isIP')],
  ['link/tcp.ts', imports('node:net')],
  ['cluster/zookeeper-client.ts', imports('node-zookeeper-client')],
  ['events/amqp-connection.ts', imports('amqplib')],
  ['producer/ok.ts', imports('../events/index.ts')],
  ['cli/ok.ts', imports('../worker/index.ts')],
  ['test/ok.test.ts', imports('../gateway/thing.ts')],
  ['base/system-clock.ts', 'setTimeout(() => undefined, 1);\n'],
  ['cli/main.ts', 'export const home = process.env.HOME;\nprocess.exit(1);\n'],
];

const folders = [
  'base',
  'ring',
  'link',
  'cluster',
  'events',
  'gateway',
  'worker',
  'producer',
  'cli',
];

const scaffold: readonly (readonly [file: string, text: string])[] = [
  ...folders.flatMap((folder): [string, string][] => [
    [`${folder}/index.ts`, `export { thing } from './thing.ts';\n`],
    [`${folder}/thing.ts`, 'export function thing(): void {}\n'],
  ]),
  ['test/support/thing.ts', 'export function thing(): void {}\n'],
  ['base/cycle-b.ts', `import { a } from './cycle-a.ts';\nexport const b = (): unknown => a;\n`],
];

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}

/** What biome finds in `folder`, as `file rule`. */
async function lint(folder: string): Promise<ReadonlySet<string>> {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  const run = promisify(execFile)(process.execPath, [biome, ...args], { cwd: folder });
  // Biome exits with 1 when it finds something; its report is on stdout all the same.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const report = JSON.parse(stdout) as Report;
  return new Set(report.diagnostics.map((d) => `${d.location.path} ${d.category}`));
}

describe('the linter guards the architecture', function () {
  this.timeout(30_000);
  let folder = '';
  let found: ReadonlySet<string> = new Set();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringway-boundaries-'));
    for (const name of ['biome.json', 'package.json', 'tsconfig.json']) {
      await cp(join(root, name), join(folder, name));
    }
    const files = [...scaffold, ...lawful, ...planted.map((p) => [p.file, p.text] as const)];
    for (const [file, text] of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    found = await lint(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const { file, rule, text } of planted) {
    it(`finds ${rule.split('/').at(-1)} in ${file}: ${text.split('\n')[0]}`, () => {
      expect([...found]).to.include(`${file} ${rule}`);
    });
  }

  for (const [file, text] of lawful) {
    it(`lets ${file} pass: ${text.split('\n')[0]}`, () => {
      expect([...found].filter((line) => line.startsWith(`${file} `))).to.deep.equal([]);
    });
  }
});
