import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { RingwayError } from '../../../base/index.ts';
import { handledKindsOf } from '../../../worker/application.ts';
import { builtInApplications } from '../../../worker/built-in/index.ts';
import { loadApplication } from '../../../worker/load-application.ts';

describe('loading an application', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringway-app-'));
  });
  after(() => rm(folder, { recursive: true }));

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const errorOf = async (app: string): Promise<RingwayError> => {
    const error = await loadApplication(app).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof RingwayError) return error;
    throw new Error(`no error of ours: ${String(error)}`);
  };

  it('knows the built-in ones by name', async () => {
    for (const [name, application] of builtInApplications) {
      expect(await loadApplication(name)).to.equal(application);
    }
  });

  const accepted: readonly (readonly [string, string])[] = [
    ['default.mjs', 'export default { onMessage() {} };'],
    ['named.mjs', 'export const application = { onMessage() {} };'],
    ['both.mjs', 'export const application = { onMessage() {} }; export default application;'],
    ['common.cjs', 'module.exports = { onMessage() {} };'],
    [
      'typed.mts',
      'const handler = (ctx: unknown): void => void ctx; export default { onMessage: handler };',
    ],
  ];
  for (const [name, text] of accepted) {
    it(`takes ${name}`, async () => {
      const application = await loadApplication(await file(name, text));
      expect(handledKindsOf(application).message).to.equal(true);
      expect(Object.isFrozen(application)).to.equal(true);
    });
  }

  const refused: readonly (readonly [string, string, string, RegExp])[] = [
    ['empty.mjs', 'export {};', 'application.invalid', /neither a default export nor/],
    [
      'two.mjs',
      'export const application = {}; export default {};',
      'application.invalid',
      /which one\?$/,
    ],
    ['shape.mjs', 'export default { onMesage() {} };', 'application.invalid', /"onMesage"/],
    ['throws.mjs', 'throw new Error("no database");', 'application.load_failed', /no database$/],
    ['syntax.mjs', 'export default {', 'application.load_failed', /threw while loading/],
  ];
  for (const [name, text, code, message] of refused) {
    it(`refuses ${name}, naming the file and the reason`, async () => {
      const error = await errorOf(await file(name, text));
      expect(error.code).to.equal(code);
      expect(error.message).to.contain(name).and.match(message);
    });
  }

  it('says what is built in when there is no such file, or only a folder', async () => {
    for (const app of ['no-such-application', folder]) {
      const error = await errorOf(app);
      expect(error.code).to.equal('application.not_found');
      expect(error.message).to.contain('built in are forward, echo, chat, volatile-echo');
    }
  });
});
