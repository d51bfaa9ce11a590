/** The live page: listens to the gateway's stream and shows it; sends what the buttons ask for. */
import { addWorker, drainWorker, follow, killWorker, publish } from './api.js';
import { startClientPanel } from './client-panel.js';
import { byId, cell, fill, say } from './dom.js';
import { slotCount, slotOf } from './place.js';
import { startProofPanel } from './proof-panel.js';
import { colourOf, drawBand, drawNeedle } from './ring-view.js';

const rateSeconds = 60;
const rates = [];
let shown;

const client = startClientPanel({
  address: () => shown?.publicAddress,
  onEvent: (event) => proof.received(event),
  onChange: () => {
    proof.enable(client.isConnected);
    if (shown !== undefined) drawPlace(shown);
  },
});
const proof = startProofPanel({ key: () => client.key, publish });

follow({
  onState: (text, isGood) => say('stream', text, isGood),
  onRing: (ring) => {
    shown = ring;
    drawRing(ring);
    drawWorkers(ring);
    drawPlace(ring);
    client.onRing();
  },
  onNumbers: drawNumbers,
});

byId('add-worker').addEventListener('click', () => act(addWorker(), 'added a worker'));
byId('publish-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const data = JSON.parse(byId('data').value);
    const id = await publish({ key: byId('key').value, type: byId('type').value, data });
    say('publish-answer', `Confirmed: ${id}`, true);
  } catch (error) {
    say('publish-answer', String(error.message), false);
  }
});

function drawRing(ring) {
  byId('cluster').textContent = `cluster ${ring.cluster}`;
  // Colours go out in the order of the table, not in that of the circle.
  for (const { id } of ring.workers) colourOf(id);
  drawBand(byId('ring-owners'), ring.owners, { inner: 150, outer: 182 });
  drawBand(byId('ring-moves'), ring.moving, { inner: 134, outer: 146 });
  const count = ring.workers.length;
  byId('ring-count').textContent = `${count} worker${count === 1 ? '' : 's'}`;
  const moving = ring.moving.reduce((sum, run) => sum + run.to - run.from, 0);
  const still = ring.unowned > 0 ? `${ring.unowned} slots without owner` : 'all slots owned';
  byId('ring-state').textContent = moving > 0 ? `${moving} slots moving` : still;
  const shares = ring.workers.map((w) => `${w.id} ${percent(w.slots / slotCount)}`).join(', ');
  byId('ring-text').textContent =
    ring.workers.length === 0 ? 'No workers.' : `Shares of the circle: ${shares}.`;
}

function drawPlace(ring) {
  const slot = client.key === undefined ? undefined : slotOf(client.key);
  drawNeedle(byId('ring-needle'), slot, client.key ?? '');
  const run = ring.owners.find(({ from, to }) => slot !== undefined && from <= slot && slot < to);
  byId('client-place').textContent =
    slot === undefined
      ? ''
      : `${client.key} is in slot ${slot}, which ${run?.worker || 'nobody'} owns.`;
}

function drawWorkers(ring) {
  byId('add-worker').hidden = !ring.canChangeWorkers;
  fill(byId('workers'), ring.workers, (worker) => worker.id, workerRow);
  const rows = byId('workers').children;
  for (const [index, worker] of ring.workers.entries()) updateRow(rows[index], worker, ring);
}

function workerRow(worker) {
  const row = document.createElement('tr');
  const name = document.createElement('th');
  name.scope = 'row';
  const swatch = document.createElement('span');
  swatch.className = 'swatch';
  swatch.style.background = colourOf(worker.id);
  const state = document.createElement('span');
  state.className = 'state';
  name.append(swatch, worker.id, state);
  const actions = cell('actions');
  actions.append(
    actionButton('Drain', worker, () => act(drainWorker(worker.id), `${worker.id} drains`)),
    actionButton('Kill', worker, () => act(killWorker(worker.id), `killed ${worker.id}`)),
  );
  row.append(name, cell('number'), cell('number'), cell('number'), cell('number'), actions);
  row.addEventListener('pointerenter', () => choose(worker.id));
  row.addEventListener('pointerleave', () => choose(undefined));
  row.addEventListener('focusin', () => choose(worker.id));
  row.addEventListener('focusout', () => choose(undefined));
  return row;
}

function actionButton(text, worker, onClick) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.setAttribute('aria-label', `${text} ${worker.id}`);
  if (text === 'Kill') button.className = 'danger';
  button.addEventListener('click', onClick);
  return button;
}

function updateRow(row, worker, ring) {
  const [, slots, share, target, moves, actions] = row.children;
  row.querySelector('.state').textContent = worker.isDraining ? 'leaving' : '';
  slots.textContent = worker.slots.toLocaleString('en');
  share.textContent = percent(worker.slots / slotCount);
  target.textContent = worker.target.toLocaleString('en');
  moves.textContent = worker.movesIn === 0 ? '' : worker.movesIn.toLocaleString('en');
  const [drain, kill] = actions.children;
  drain.disabled = worker.isDraining;
  kill.hidden = !ring.canChangeWorkers;
}

/** Dims all other workers' pieces of the circle. */
function choose(worker) {
  byId('ring').classList.toggle('dimmed', worker !== undefined);
  for (const arc of byId('ring').querySelectorAll('.arc')) {
    arc.classList.toggle('chosen', arc.dataset.worker === worker);
  }
}

async function act(request, done) {
  try {
    await request;
    say('worker-answer', done, true);
  } catch (error) {
    say('worker-answer', String(error.message), false);
  }
}

function drawNumbers(numbers, eventsPerSecond) {
  const list = byId('numbers');
  list.replaceChildren(
    ...Object.entries(numbers).map(([name, value]) => {
      const group = document.createElement('div');
      const term = document.createElement('dt');
      const number = document.createElement('dd');
      term.textContent = name;
      number.textContent = value.toLocaleString('en');
      group.append(term, number);
      return group;
    }),
  );
  rates.push(eventsPerSecond);
  if (rates.length > rateSeconds) rates.shift();
  const highest = Math.max(1, ...rates);
  const points = rates.map((rate, index) => {
    const x = 300 - ((rates.length - 1 - index) / (rateSeconds - 1)) * 300;
    return `${x.toFixed(1)},${(58 - (rate / highest) * 54).toFixed(1)}`;
  });
  byId('rate-line').setAttribute('points', points.join(' '));
  byId('rate-text').textContent =
    `${eventsPerSecond.toLocaleString('en', { maximumFractionDigits: 1 })} events a second; most in the last minute: ${Math.max(...rates).toLocaleString('en', { maximumFractionDigits: 1 })}`;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
