/** How far a long reading or reckoning is: a bar for the human at the terminal, late and seldom. */
import type { Clock } from '../../base/index.ts';
import type { Terminal } from '../command.ts';

/** Nothing is shown of what is over sooner. */
const silentMs = 400;
const betweenMs = 100;
const barWidth = 24;

export class Progress {
  private readonly terminal: Terminal;
  private readonly clock: Clock;
  private startedMs: number;
  private shownMs = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, clock: Clock) {
    this.terminal = terminal;
    this.clock = clock;
    this.startedMs = clock.nowMs();
  }

  /** `all` undefined: nobody knows how much there is. */
  tell(what: string, done: number, all: number | undefined): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.startedMs < silentMs || nowMs - this.shownMs < betweenMs) return;
    this.shownMs = nowMs;
    this.terminal.progress(all === undefined ? `${what} …` : `${what} ${bar(done / all)}`);
  }

  /** Takes the bar away; what comes next is timed anew. */
  end(): void {
    if (this.shownMs > 0) this.terminal.progress('');
    this.shownMs = Number.NEGATIVE_INFINITY;
    this.startedMs = this.clock.nowMs();
  }
}

function bar(fraction: number): string {
  const part = Math.min(1, Math.max(0, fraction));
  const full = Math.round(part * barWidth);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${percent} %`;
}
