/** Small files that hold one value, in JSON or YAML: rings, scenarios, plans. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { messageOf, RingwayError } from '../../base/index.ts';
import { badFile, systemReason } from './errors.ts';

/** A plan of the largest ring over many steps; nobody writes more by hand. */
const documentBytesMax = 64 * 1024 * 1024;

/** YAML, with aliases and their like, only this far: it is slow, and what people write is small. */
const yamlBytesMax = 4 * 1024 * 1024;

/** @throws RingwayError `simulate.bad_file` */
export async function documentIn(name: string): Promise<unknown> {
  const text = await textIn(name);
  const isYaml = !/\.json$/i.test(name) && !/^\s*[[{]/.test(text);
  if (!isYaml) {
    try {
      return JSON.parse(text);
    } catch (error) {
      // A flow mapping of YAML begins like JSON.
      if (/\.json$/i.test(name)) throw badFile(name, `no JSON: ${messageOf(error)}`, error);
    }
  }
  if (text.length > yamlBytesMax) {
    throw badFile(name, `more than yamlBytesMax ${yamlBytesMax} bytes of YAML`);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw badFile(name, `no YAML: ${messageOf(problem).split('\n')[0] ?? ''}`, problem);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw badFile(name, `no usable YAML: ${messageOf(error)}`, error);
  }
}

/** @throws RingwayError `simulate.not_written` */
export async function writeDocument(name: string, text: string): Promise<void> {
  try {
    await writeFile(name, text);
  } catch (error) {
    throw new RingwayError('simulate.not_written', `${name}: ${systemReason(error)}`, {
      cause: error,
    });
  }
}

async function textIn(name: string): Promise<string> {
  try {
    const { size } = await stat(name);
    if (size > documentBytesMax) {
      throw badFile(name, `${size} bytes, more than documentBytesMax ${documentBytesMax}`);
    }
    const bytes = await readFile(name);
    if (bytes.includes(0)) throw badFile(name, 'it has a zero byte: is this a text file?');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof RingwayError) throw error;
    throw badFile(name, error instanceof TypeError ? 'no UTF-8 text' : systemReason(error), error);
  }
}
