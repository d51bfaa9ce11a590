/** `ringway up`: a whole cluster in one process, for looking, developing and trying to break it. */
import { messageOf, RingwayError, systemClock } from '../base/index.ts';
import { gatewayDefaults } from '../gateway/index.ts';
import { builtInApplications, loadApplication } from '../worker/index.ts';
import { bannerOf } from './banner.ts';
import { type Command, command, type ExitCode, exitCodes, type Terminal } from './command.ts';
import { type EmbeddedCluster, startEmbedded } from './embedded.ts';
import { workersMax } from './embedded-workers.ts';
import { createLog, logLevels } from './log.ts';
import { integer, oneOf, optionalText, port, text } from './option-kinds.ts';
import { flagOf, type Values, variableOf } from './options.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import { gatherSlots } from './slot-log.ts';

const builtIn = [...builtInApplications.keys()].join(', ');

const options = {
  workers: integer({
    about: `Workers to start, 0 to ${workersMax}; more can be added on the page`,
    placeholder: '<n>',
    fallback: 3,
    min: 0,
    max: workersMax,
  }),
  gateways: integer({
    about: 'Gateways to start; the second and later ones take free ports',
    placeholder: '<n>',
    fallback: 1,
    min: 1,
    max: 8,
  }),
  app: text({
    about: `Application: ${builtIn}, or a file that exports one`,
    placeholder: '<name or file>',
    fallback: 'chat',
  }),
  host: text({
    about: 'Address of the client port; anything but loopback needs --jwt-secret',
    placeholder: '<address>',
    fallback: '127.0.0.1',
  }),
  port: port(8080, 'Port for clients; 0 = any free one'),
  adminPort: port(8081, 'Port for page, admin API and metrics, on loopback; 0 = any free one'),
  jwtSecret: optionalText({
    about: 'Clients must show a token signed with this secret (HS256, at least 32 bytes)',
    placeholder: '<secret>',
    fallbackText: 'none: ?user=<name> says who the client is',
    isSecret: true,
    pattern: /^.{32,}$/s,
    expected: 'at least 32 characters',
  }),
  logLevel: oneOf({
    about: `What to log: ${logLevels.join(', ')}; JSON lines when piped`,
    placeholder: '<level>',
    fallback: 'warn',
    choices: logLevels,
  }),
};

export const upCommand: Command = command({
  name: 'up',
  summary: 'Run a whole cluster in this process',
  details: [
    'Real WebSockets and real links; ZooKeeper and RabbitMQ are replaced by memory, so that',
    'nothing needs to be installed and nothing is kept. Prints where everything is.',
    '  ringway up --workers 5 --app ./counter.mjs',
  ],
  words: [],
  options,
  async run({ values }, terminal) {
    const log = gatherSlots(
      createLog({
        level: values.logLevel,
        isReadable: terminal.isTty,
        clock: systemClock,
        write: terminal.err,
      }),
      systemClock,
    );
    const application = await loadApplication(values.app);
    const cluster = await startEmbedded({
      workers: values.workers,
      gateways: values.gateways,
      application,
      gateway: gatewayOf(values),
      consoleFolder: `${packageRoot()}/console`,
      build: packageVersion(),
      logger: log,
    }).catch((error: unknown) => {
      throw withOption(error, values);
    });
    await cluster.settled(settleMs).catch(async (error: unknown) => {
      // Or its timers would keep the process alive, with nobody to stop it in order.
      await cluster.close();
      throw error;
    });
    printBanner(cluster, values, terminal);
    const code = await untilStopped(cluster, terminal);
    log.flush();
    return code;
  },
});

/** Longest wait for the first owners; they come within a second or two. */
const settleMs = 30_000;

function gatewayOf({ host, port: publicPort, adminPort, jwtSecret }: Values<typeof options>) {
  const { connectionsMax, handshakesPerSecond, handshakesBurst } = gatewayDefaults;
  return {
    host,
    port: publicPort,
    adminPort,
    jwtSecret,
    // A stop should not take the half minute that spares a production cluster a stampede.
    drainWindowMs: 500,
    // Everybody here has one address; limits for each would only measure this machine.
    connectionsPerAddressMax: connectionsMax,
    handshakesPerSecondPerAddress: handshakesPerSecond,
    handshakesBurstPerAddress: handshakesBurst,
  };
}

/** Names address and option where an address cannot be had. */
function withOption(error: unknown, { host, port: publicPort, adminPort }: Values<typeof options>) {
  if (!(error instanceof RingwayError)) return error;
  const isTaken = error.code === 'gateway.address_in_use';
  if (!isTaken && error.code !== 'gateway.listen_failed') return error;
  const isAdmin = error.message.startsWith('admin');
  const name = isAdmin ? 'adminPort' : 'port';
  const address = isAdmin ? `127.0.0.1:${adminPort}` : `${host}:${publicPort}`;
  const names = `${flagOf(name)} or ${variableOf(name)}`;
  const message = isTaken
    ? `${address} is already in use; choose another with ${names} (0 = any free one)`
    : `${address} cannot be opened (${messageOf(error.cause)}); see --host, ${names}`;
  return new RingwayError(error.code, message, { cause: error });
}

function printBanner(
  cluster: EmbeddedCluster,
  { app, jwtSecret }: Values<typeof options>,
  terminal: Terminal,
): void {
  const lines = bannerOf({
    version: packageVersion(),
    commandName: terminal.commandName,
    gateways: cluster.gateways,
    workers: cluster.workers.ids,
    application: app,
    wantsToken: jwtSecret !== undefined,
  });
  for (const line of lines) terminal.out(line);
}

/** The first signal stops in order, a second one at once. */
function untilStopped(cluster: EmbeddedCluster, terminal: Terminal): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const forget = terminal.onSignal((signal) => {
      if (isStopping) {
        terminal.err(`${signal} again: ending at once`);
        terminal.abort(exitCodes.interrupted);
        return;
      }
      isStopping = true;
      terminal.err(`${signal}: stopping (once more to end at once)`);
      cluster.close().then(() => {
        forget();
        resolve(exitCodes.done);
      }, reject);
    });
  });
}
