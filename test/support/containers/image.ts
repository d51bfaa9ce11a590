/**
 * What `docker build` would make of docker/Dockerfile, in a folder: the same files are copied, from
 * what .dockerignore lets through, the program is compiled in a folder of its own, and only the
 * packages are there that `npm ci --omit=dev` installs. Not emulated: the base image, its Node,
 * the user and the layers.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeServerFolder } from '../servers/test-folder.ts';
import { root } from './compose-file.ts';
import {
  type Copy,
  copiesOf,
  execForm,
  readDockerfile,
  type Stage,
  textsOf,
} from './dockerfile.ts';

export interface Image {
  /** Stands for `/` of the container. */
  readonly folder: string;
  /** Stands for its working directory. */
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Absolute paths of the container become those of the folder. */
  inFolder(text: string): string;
}

let built: Image | undefined;

/**
 * Built once for all tests of this process, and gone with it.
 * @throws Error when an instruction of the Dockerfile would fail
 */
export function ourImage(): Image {
  built ??= buildImage();
  return built;
}

function buildImage(): Image {
  const folder = makeServerFolder('image');
  const stages = readDockerfile();
  const last = stages.at(-1);
  if (last === undefined) throw new Error('docker/Dockerfile has no stage');
  const stageFolders = new Map<string, string>();
  for (const stage of stages) {
    const stageFolder = join(folder, stage === last ? 'root' : `stage-${stage.name}`);
    mkdirSync(join(stageFolder, 'usr/local/bin'), { recursive: true });
    stageFolders.set(stage.name, stageFolder);
    runStage(stage, stageFolder, stageFolders);
  }
  const rootFolder = join(folder, 'root');
  const [workingFolder = '/'] = textsOf(last, 'WORKDIR');
  return {
    folder: rootFolder,
    workingFolder: join(rootFolder, workingFolder),
    environment: Object.fromEntries(textsOf(last, 'ENV').map((text) => pair(text))),
    entrypoint: execForm(textsOf(last, 'ENTRYPOINT').at(-1)),
    command: execForm(textsOf(last, 'CMD').at(-1)),
    inFolder: (text) => underFolder(text, rootFolder),
  };
}

function runStage(stage: Stage, folder: string, stages: ReadonlyMap<string, string>): void {
  let working = folder;
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      working = join(folder, text);
      mkdirSync(working, { recursive: true });
    }
    if (name === 'COPY') {
      const [copy] = copiesOf({ ...stage, instructions: [{ name, text }] });
      if (copy !== undefined) copyInto(working, copy, stages);
    }
    if (name === 'RUN') runCommand(text, folder, working);
  }
}

function copyInto(
  working: string,
  { from, sources, target }: Copy,
  stages: ReadonlyMap<string, string>,
) {
  for (const source of sources) {
    if (from === undefined && !isInContext(source)) {
      throw new Error(`COPY ${source}: .dockerignore keeps it out of the build`);
    }
    const stageFolder = from === undefined ? root : stages.get(from);
    if (stageFolder === undefined) throw new Error(`COPY --from=${from}: there is no such stage`);
    // To a folder with a slash at the end: into it; else: as it.
    const into = target.endsWith('/') ? join(target, source) : target;
    cpSync(join(stageFolder, source), resolve(working, into), { recursive: true });
  }
}

/** .dockerignore here is a list of what is let in: `*`, then `!name`. */
export function isInContext(source: string): boolean {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (rules[0] !== '*') throw new Error('.dockerignore does not begin with *');
  return rules.includes(`!${source.split('/')[0]}`);
}

/** npm's installations come from the packages that are installed here; all else really runs. */
function runCommand(text: string, folder: string, working: string): void {
  if (/^npm ci\b/.test(text)) {
    const isWhole = !text.includes('--omit=dev');
    return isWhole ? linkPackages(working) : copyProductionPackages(working);
  }
  const run = spawnSync('sh', ['-ec', underFolder(text, folder)], {
    cwd: working,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`RUN ${text}:\n${run.stdout}${run.stderr}`);
}

function linkPackages(working: string): void {
  symlinkSync(join(root, 'node_modules'), join(working, 'node_modules'));
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: boolean; readonly optional?: boolean }>
  >;
}

function copyProductionPackages(working: string): void {
  const lock = JSON.parse(readFileSync(join(working, 'package-lock.json'), 'utf8')) as Lock;
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev === true) continue;
    const source = join(root, path);
    // Optional packages are those of other platforms.
    if (!existsSync(source) && entry.optional === true) continue;
    mkdirSync(dirname(join(working, path)), { recursive: true });
    cpSync(source, join(working, path), { recursive: true });
  }
}

/** `/srv/app` → `<folder>/srv/app`, wherever a word or a quoted text begins with it. */
function underFolder(text: string, folder: string): string {
  return text.replaceAll(
    /(^|[\s="'])\/(?=(?:opt|srv|usr)\b)/g,
    (_, before) => `${before}${folder}/`,
  );
}

function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
