/**
 * What the log says about contact to ZooKeeper: one line when it is lost, one from time to time
 * while it stays away, one when it is back. Not one for each attempt.
 */
import type { Clock, Logger } from '../base/index.ts';
import type { CoordinatorError } from './coordinator.ts';
import { addressText } from './zookeeper-options.ts';
import type { ServerAddress } from './zookeeper-wire.ts';

const reminderIntervalMs = 30_000;

export interface ContactLog {
  /** An attempt failed, or contact ended. */
  failed(address: ServerAddress, reason: string): void;
  /** A server answers; with `refusal`, though, it is of no use. */
  answered(address: ServerAddress, refusal?: CoordinatorError): void;
}

export function createContactLog(
  servers: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): ContactLog {
  let saidRefusal: string | undefined;
  let away: { readonly sinceMs: number; saidAtMs: number; attempts: number } | undefined;
  return {
    failed(address, reason) {
      const nowMs = clock.nowMs();
      if (away !== undefined) {
        away.attempts += 1;
        if (nowMs - away.saidAtMs < reminderIntervalMs) return;
        away.saidAtMs = nowMs;
      }
      away ??= { sinceMs: nowMs, saidAtMs: nowMs, attempts: 1 };
      const { attempts } = away;
      const awayMs = Math.round(nowMs - away.sinceMs);
      const server = addressText(address);
      const option = '--zookeeper';
      logger.warn('zookeeper.away', { servers, option, server, reason, attempts, awayMs });
    },
    answered(address, refusal) {
      const server = addressText(address);
      if (refusal === undefined) {
        const awayMs = away === undefined ? 0 : Math.round(clock.nowMs() - away.sinceMs);
        away = undefined;
        logger.info('zookeeper.connected', { server, awayMs });
      } else if (refusal.message !== saidRefusal) {
        const { code, message } = refusal;
        logger.error('zookeeper.refused', { servers, server, code, message });
      }
      saidRefusal = refusal?.message;
    },
  };
}
