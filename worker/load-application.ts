/**
 * Finds the application that `--app` names: a built-in one, or a file with a default export or an
 * export named `application`. The one place where a default export is read: it is what people
 * write in such a file.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RingwayError } from '../base/index.ts';
import { type Application, defineApplication, problemsOf } from './application.ts';
import { builtInApplications } from './built-in/index.ts';

/**
 * @param app name of a built-in application, or a path relative to the working directory
 * @throws RingwayError `application.not_found`, `application.load_failed`, `application.invalid`
 */
export async function loadApplication(app: string): Promise<Application> {
  const builtIn = builtInApplications.get(app);
  if (builtIn !== undefined) return builtIn;
  const file = resolve(app);
  await checkFile(app, file);
  const candidate = exportOf(await importFile(app, file), app);
  const problems = problemsOf(candidate);
  if (problems.length > 0) {
    throw new RingwayError('application.invalid', problems.map((p) => `${app}: ${p}`).join('\n'));
  }
  return defineApplication(candidate as Application);
}

async function checkFile(app: string, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) return;
  const names = [...builtInApplications.keys()].join(', ');
  const what = found === undefined ? 'does not exist' : 'is not a file';
  throw new RingwayError('application.not_found', `${app} ${what}; built in are ${names}`);
}

async function importFile(app: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    const isForeign = codeOf(cause) === 'ERR_UNKNOWN_FILE_EXTENSION';
    const why = isForeign
      ? 'this Node cannot run such a file; compile it, or start Node with --import tsx'
      : `it threw while loading: ${textOf(cause)}`;
    throw new RingwayError('application.load_failed', `${app}: ${why}`, { cause });
  }
}

function exportOf(module: Record<string, unknown>, app: string): unknown {
  const found = ['default', 'application'].filter((name) => module[name] !== undefined);
  if (found.length === 0) {
    const message = `${app} has neither a default export nor an export named application`;
    throw new RingwayError('application.invalid', message);
  }
  const [first, second] = found.map((name) => module[name]);
  if (second !== undefined && second !== first) {
    const message = `${app} has a default export and another export named application: which one?`;
    throw new RingwayError('application.invalid', message);
  }
  return first;
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : typeof thrown;
}
