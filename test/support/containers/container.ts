/**
 * A service of docker/compose.yaml as a plain process: its very command, environment and health
 * check from the file, in the folder that stands for the image, on a loopback address of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '../eventually.ts';
import { type Service, secondsOf } from './compose-file.ts';
import type { Image } from './image.ts';

const preload = pathToFileURL(join(import.meta.dirname, 'as-container.mjs')).href;

/** Between two health checks of a container that is not healthy yet. */
const healthIntervalMs = 1000;

export interface ContainerParts {
  readonly service: Service;
  /** Undefined for an image that is not ours: then the program is this machine's. */
  readonly image: Image | undefined;
  /** The command of such an image. */
  readonly command?: readonly string[];
  /** SIGTERM unless the image says otherwise. */
  readonly stopSignal?: NodeJS.Signals;
  readonly hostName: string;
  readonly address: string;
  readonly hostsFile: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Container {
  readonly hostName: string;
  readonly address: string;
  readonly #parts: ContainerParts;
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #output = '';
  #isRunning = true;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.hostName = parts.hostName;
    this.address = parts.address;
    const [program = '', ...args] = commandOf(parts);
    this.#child = spawn(program, args, {
      ...this.#surroundings(),
      // A group of its own, which the watchdog of these tests ends if they do not.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pidFile = join(dirname(parts.hostsFile), `${parts.hostName}.pid`);
    writeFileSync(pidFile, `${this.#child.pid}`);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part: string) => {
        this.#output += part;
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#output += String(error);
      });
      this.#child.on('close', (code, signal) => {
        this.#isRunning = false;
        rmSync(pidFile, { force: true });
        resolve({ code, signal });
      });
    });
  }

  /** Standard output and error together, as `docker logs` shows them. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** One run of the health check, as written: its exit code. */
  async checkHealth(): Promise<number | null> {
    const [kind, ...words] = this.#parts.service.healthcheck?.test ?? [];
    return this.run(kind === 'CMD-SHELL' ? ['sh', '-c', ...words] : words).then(({ code }) => code);
  }

  /** @throws Error with what it said when it ends before that */
  async untilHealthy(deadlineMs: number): Promise<void> {
    let isFirst = true;
    const probe = async (): Promise<boolean> => {
      // Each check starts a Node of its own: not one after the other.
      if (!isFirst) await new Promise((resolve) => setTimeout(resolve, healthIntervalMs));
      isFirst = false;
      if (!this.#isRunning) throw new Error(`${this.hostName} has ended: ${this.#output}`);
      return (await this.checkHealth()) === 0;
    };
    await eventually(`${this.hostName} is healthy`, probe, deadlineMs).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#output}`);
    });
  }

  /** `docker compose exec`: another program in this container. */
  async run(
    command: readonly string[],
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      ...this.#surroundings(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part;
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** `docker compose stop`. @throws Error when the signal has not ended it within the grace period */
  async stop(): Promise<Ended> {
    const graceMs = secondsOf(this.#parts.service.stop_grace_period ?? '10s') * 1000;
    this.#child.kill(this.#parts.stopSignal ?? 'SIGTERM');
    await eventually(`${this.hostName} has stopped`, () => !this.#isRunning, graceMs);
    return this.ended;
  }

  /** What `docker kill --signal` does. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  #surroundings(): { readonly cwd: string | undefined; readonly env: NodeJS.ProcessEnv } {
    const { image, service, hostName, address, hostsFile } = this.#parts;
    const inFolder = (text: string): string => image?.inFolder(text) ?? text;
    const given = Object.entries(service.environment ?? {}).map(([k, v]) => [k, inFolder(v)]);
    const path = process.env.PATH ?? '';
    return {
      cwd: image?.workingFolder,
      env: {
        PATH: image === undefined ? path : `${join(image.folder, 'usr/local/bin')}:${path}`,
        ...image?.environment,
        ...Object.fromEntries(given),
        HOSTNAME: hostName,
        ...(image !== undefined && {
          NODE_OPTIONS: `--import=${preload}`,
          CONTAINER_ADDRESS: address,
          CONTAINER_HOSTS: hostsFile,
        }),
      },
    };
  }
}

/** Compose: an entrypoint of the service takes away the image's command. */
function commandOf({ service, image, command }: ContainerParts): readonly string[] {
  if (image === undefined) return command ?? [];
  const { entrypoint = image.entrypoint } = service;
  const standard = service.entrypoint === undefined ? image.command : [];
  return [...entrypoint, ...(service.command ?? standard)].map((word) => image.inFolder(word));
}
