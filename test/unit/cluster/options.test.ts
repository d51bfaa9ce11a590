import { inspect } from 'node:util';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError } from '../../../base/index.ts';
import { parseClusterOptions } from '../../../cluster/index.ts';

function problemsOf(given: Parameters<typeof parseClusterOptions>[0]): readonly string[] {
  try {
    parseClusterOptions(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('cluster options', () => {
  it('have defaults that satisfy each other', () => {
    expect(parseClusterOptions()).to.deep.equal({
      sessionTimeoutMs: 6000,
      leaseMs: 4000,
      holdOffMs: 9000,
      renewIntervalMs: 1000,
      callDeadlineMs: 1000,
      slackMs: 2000,
      pingWindowMs: 1500,
      tickIntervalMs: 50,
    });
  });

  it('derive the lease from the session timeout unless it is given', () => {
    expect(parseClusterOptions({ sessionTimeoutMs: 8000 }).leaseMs).to.equal(5333);
    expect(parseClusterOptions({ leaseMs: 3500 }).leaseMs).to.equal(3500);
  });

  const cases: readonly [Parameters<typeof parseClusterOptions>[0], readonly RegExp[]][] = [
    [{ tickIntervalMs: 0 }, [/^tickIntervalMs is 0, not a whole number/]],
    [{ tickIntervalMs: 1.5 }, [/^tickIntervalMs is 1.5/]],
    [{ pingWindowMs: Number.NaN }, [/^pingWindowMs is NaN/]],
    [{ leaseMs: 6000 }, [/^leaseMs 6000 must be below sessionTimeoutMs 6000/]],
    [{ holdOffMs: 6000 }, [/^holdOffMs 6000 must exceed sessionTimeoutMs 6000/]],
    [{ slackMs: 1999 }, [/^slackMs 1999 must be at least renewIntervalMs \+ callDeadlineMs 2000/]],
    [{ slackMs: 3000 }, [/^slackMs 3000 must be below leaseMs - renewIntervalMs 3000/]],
    [{ pingWindowMs: 9000 }, [/^pingWindowMs 9000 must be below holdOffMs 9000/]],
    [{ holdOffMs: 10, slackMs: 1 }, [/^holdOffMs/, /^slackMs/, /^pingWindowMs/]],
  ];
  for (const [given, problems] of cases) {
    it(`refuse ${inspect(given)}, naming every option at fault`, () => {
      const found = problemsOf(given);
      expect(found).to.have.lengthOf(problems.length);
      for (const [i, problem] of problems.entries()) expect(found[i]).to.match(problem);
    });
  }
});
