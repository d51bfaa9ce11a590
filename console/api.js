/** The gateway's admin API as the page uses it. */

/** Follows the stream for ever; the browser reconnects by itself. */
export function follow({ onState, onRing, onNumbers }) {
  const stream = new EventSource('/v1/stream');
  let last;
  stream.addEventListener('open', () => onState('live', true));
  stream.addEventListener('error', () => onState('no contact, trying again …', false));
  stream.addEventListener('ring', ({ data }) => onRing(JSON.parse(data)));
  stream.addEventListener('numbers', ({ data, timeStamp }) => {
    const { eventsTotal, ...numbers } = JSON.parse(data);
    const seconds = last === undefined ? 0 : (timeStamp - last.timeStamp) / 1000;
    // A smaller total means a restarted gateway; a short gap says nothing about a rate.
    const isUsable = seconds > 0.5 && eventsTotal >= last.eventsTotal;
    const rate = isUsable ? (eventsTotal - last.eventsTotal) / seconds : 0;
    if (last === undefined || seconds > 0.5) last = { eventsTotal, timeStamp };
    onNumbers(
      {
        'open sockets': numbers.connections,
        'worker links': numbers.links,
        'event partitions': numbers.partitions,
        'events in flight': numbers.eventsInFlight,
        'inputs held': numbers.heldInputs,
        'events handled': eventsTotal,
      },
      rate,
    );
  });
}

/** Resolves with the event's id once it is stored. */
export async function publish({ key, type, data, id = randomId() }) {
  const event = { specversion: '1.0', id, source: '/console', type, partitionkey: key, data };
  await post('/v1/events', event, 'application/cloudevents+json');
  return id;
}

export function addWorker() {
  return post('/v1/workers');
}

export function drainWorker(id) {
  return post(`/v1/workers/${encodeURIComponent(id)}/drain`);
}

export function killWorker(id) {
  return post(`/v1/workers/${encodeURIComponent(id)}/kill`);
}

async function post(path, body, contentType = 'application/json') {
  const response = await fetch(path, {
    method: 'POST',
    ...(body !== undefined && {
      headers: { 'content-type': contentType },
      body: JSON.stringify(body),
    }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? answer.error ?? `status ${response.status}`);
  return answer;
}

function randomId() {
  return Math.random().toString(36).slice(2, 12);
}
