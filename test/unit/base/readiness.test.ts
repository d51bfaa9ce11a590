import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  createReadiness,
  isServing,
  type Readiness,
  type ReasonCode,
  reasonCodes,
} from '../../../base/index.ts';

function stage() {
  const situation = {
    phase: 'starting' as 'starting' | 'serving' | 'draining',
    codes: [] as ReasonCode[],
  };
  const told: string[] = [];
  const lineOf = ({ status, reasons }: Readiness): string =>
    [status, ...reasons.map(({ code }) => code)].join(' ');
  const gauge = createReadiness(
    () => ({
      phase: situation.phase,
      reasons: situation.codes.map((code) => ({ code, message: code })),
    }),
    (readiness) => told.push(lineOf(readiness)),
  );
  const see = (phase: typeof situation.phase, ...codes: ReasonCode[]): string => {
    Object.assign(situation, { phase, codes });
    gauge.look();
    return lineOf(gauge.now);
  };
  return { see, told, gauge };
}

describe('readiness', () => {
  it('begins with the first moment of serving, and then lasts through every trouble', () => {
    const { see } = stage();
    expect(see('starting')).to.equal('starting');
    expect(see('serving')).to.equal('ready');
    for (const code of reasonCodes) expect(see('serving', code)).to.equal(`degraded ${code}`);
    expect(see('starting')).to.equal('ready');
    expect(see('draining')).to.equal('draining');
  });

  for (const code of ['coordinator.unavailable', 'bus.unavailable'] as const) {
    it(`does not begin before the first contact: ${code}`, () => {
      const { see } = stage();
      expect(see('serving', code)).to.equal(`starting ${code}`);
      expect(see('serving')).to.equal('ready');
      expect(see('serving', code)).to.equal(`degraded ${code}`);
    });
  }

  it('begins although no worker is there: gateways come first', () => {
    expect(stage().see('serving', 'workers.none')).to.equal('degraded workers.none');
  });

  it('is told once for each change', () => {
    const { see, told } = stage();
    see('starting');
    see('starting');
    see('serving', 'workers.none');
    see('serving', 'workers.none');
    see('serving');
    expect(told).to.deep.equal(['starting', 'degraded workers.none', 'ready']);
  });

  it('lets clients in while ready or degraded', () => {
    const statuses = ['starting', 'ready', 'degraded', 'draining'] as const;
    const serving = statuses.filter((status) => isServing({ status, reasons: [] }));
    expect(serving).to.deep.equal(['ready', 'degraded']);
  });
});
