import { expect } from 'chai';
import { describe, it } from 'mocha';
import { cpuUsOfProcess, startCpuMeter, ticksOf } from '../../../bench/harness/cpu.ts';

/** About so much work for the processor, whatever time that takes. */
function burn(us: number): void {
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < us) Math.sqrt(us);
}

describe('the CPU meter', () => {
  if (process.platform !== 'linux') return;

  it('counts what a process has used, as the process itself is told', () => {
    const { user, system } = process.cpuUsage();
    const us = cpuUsOfProcess(process.pid);
    // The ticks of one and the nanoseconds of the other, and what threads that ended had used.
    expect(us / (user + system)).to.be.within(0.5, 1.5);
  });

  it('tells what was used since its start, by kind', () => {
    const read = startCpuMeter({ me: [process.pid], nobody: [] });
    burn(50_000);
    const { me, nobody } = read();
    expect(me).to.be.at.least(40_000);
    expect(nobody).to.equal(0);
  });

  it('says so when there is no such process', () => {
    expect(() => cpuUsOfProcess(2 ** 30)).to.throw('ENOENT');
  });
});

describe('the clock ticks in /proc/<pid>/stat', () => {
  it('are fields 14 and 15, whatever the name of the process is', () => {
    const fields = ['S', ...Array.from({ length: 10 }, () => '7'), '30', '12', '99'];
    expect(ticksOf(`1 (a) b (c) ${fields.join(' ')}`)).to.equal(42);
  });
});
