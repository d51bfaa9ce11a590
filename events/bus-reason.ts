/** A bus's trouble in the words of readiness. */
import type { Reason } from '../base/index.ts';
import type { Bus, BusTrouble } from './bus.ts';

const messages: Readonly<Record<BusTrouble, string>> = {
  'bus.unavailable': 'no contact to RabbitMQ: events wait there, publishing fails',
  'bus.blocked': 'RabbitMQ takes no messages for lack of memory or disk; it still gives them',
  'bus.closed': 'the connection to RabbitMQ is closed',
};

/** Undefined while both publishing and consuming work. */
export function busReason({ trouble }: Pick<Bus, 'trouble'>): Reason | undefined {
  return trouble && { code: trouble, message: messages[trouble] };
}
