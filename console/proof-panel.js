/** Runs a `Proof` against the connected client and shows its verdict. */
import { byId, say } from './dom.js';
import { Proof } from './proof.js';

const shownEveryMs = 250;
const retryAfterMs = 200;

export function startProofPanel({ key, publish }) {
  let proof;
  let isRunning = false;

  const pump = async (run) => {
    while (isRunning && proof === run) {
      const startedAt = performance.now();
      await publishOne(run);
      const periodMs = 1000 / Number(byId('proof-rate').value);
      await pause(Math.max(0, periodMs - (performance.now() - startedAt)));
    }
  };

  /** Again under the same id until it is confirmed, as every careful publisher does. */
  const publishOne = async (run) => {
    const data = run.next();
    const id = `${data.proof}-${data.n}`;
    while (isRunning) {
      try {
        await publish({ key: key(), type: 'proof', data, id });
        return run.confirmed(data.n);
      } catch {
        await pause(retryAfterMs);
      }
    }
    return undefined;
  };

  const show = () => {
    if (proof === undefined) return;
    const numbers = {
      published: proof.sent,
      arrived: proof.arrived,
      lost: proof.lost,
      repeated: proof.repeated,
      'out of order': proof.reordered,
      'slowest (ms)': Math.round(proof.slowestMs),
    };
    byId('proof-numbers').replaceChildren(
      ...Object.entries(numbers).map(([name, value]) => {
        const group = document.createElement('div');
        const term = document.createElement('dt');
        const number = document.createElement('dd');
        term.textContent = name;
        number.textContent = value.toLocaleString('en');
        const isFault = ['lost', 'repeated', 'out of order'].includes(name) && value > 0;
        number.classList.toggle('bad', isFault);
        group.append(term, number);
        return group;
      }),
    );
    const faults = proof.lost + proof.repeated + proof.reordered;
    const text = faults === 0 ? 'Each one once and in order so far.' : 'Something went wrong.';
    say('proof-verdict', text, faults === 0);
  };
  setInterval(show, shownEveryMs);

  byId('proof').addEventListener('click', () => {
    isRunning = !isRunning;
    byId('proof').textContent = isRunning ? 'Stop counting' : 'Start counting';
    if (!isRunning) return;
    proof = new Proof();
    void pump(proof);
  });

  return {
    received: ({ data }) => proof?.received(data) ?? false,
    enable(isConnected) {
      byId('proof').disabled = !isConnected && !isRunning;
    },
  };
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
