/** `ringway up`: a whole cluster in one process, for looking, developing and trying to break it. */
import { systemClock } from '../base/index.ts';
import { gatewayDefaults } from '../gateway/index.ts';
import { loadApplication } from '../worker/index.ts';
import { withOption } from './address-error.ts';
import { bannerOf } from './banner.ts';
import { type Command, command, type Terminal } from './command.ts';
import { type EmbeddedCluster, startEmbedded } from './embedded.ts';
import { createLog } from './log.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import { gatherSlots } from './slot-log.ts';
import { untilStopped } from './until-stopped.ts';
import { gatewayOf, limitsOf, type UpValues, upOptions, upProblems } from './up-options.ts';

export const upCommand: Command = command({
  name: 'up',
  summary: 'Run a whole cluster in this process',
  details: [
    'Real WebSockets and real links; ZooKeeper and RabbitMQ are replaced by memory, so that',
    'nothing needs to be installed and nothing is kept. Prints where everything is.',
    '  ringway up --workers 5 --app ./counter.mjs',
  ],
  words: [],
  options: upOptions,
  check: upProblems,
  async run({ values }, terminal) {
    const log = gatherSlots(
      createLog({
        level: values.logLevel,
        isReadable: terminal.isErrTty,
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
      limits: limitsOf(values),
      consoleFolder: `${packageRoot()}/console`,
      build: packageVersion(),
      logger: log,
    }).catch((error: unknown) => {
      throw withOption(error, { ...gatewayDefaults, ...gatewayOf(values) });
    });
    await cluster.settled(settleMs).catch(async (error: unknown) => {
      // Or its timers would keep the process alive, with nobody to stop it in order.
      await cluster.close();
      throw error;
    });
    printBanner(cluster, values, terminal);
    const code = await untilStopped({ stop: () => cluster.close() }, terminal);
    log.flush();
    return code;
  },
});

/** Longest wait for the first owners; they come within a second or two. */
const settleMs = 30_000;

function printBanner(cluster: EmbeddedCluster, values: UpValues, terminal: Terminal): void {
  const { jwtSecret, jwtKeyFile, jwksUrl, adminToken } = gatewayOf(values);
  const lines = bannerOf({
    version: packageVersion(),
    commandName: terminal.commandName,
    gateways: cluster.gateways,
    workers: cluster.workers.ids,
    application: values.app,
    wantsToken: [jwtSecret, jwtKeyFile, jwksUrl].some((key) => key !== undefined),
    canSignTokens: jwtSecret !== undefined,
    wantsAdminToken: adminToken !== undefined,
  });
  for (const line of lines) terminal.out(line);
}
