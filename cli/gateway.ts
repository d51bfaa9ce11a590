/** `ringway gateway`: one gateway of a cluster, until it is stopped. */
import { createGateway, type GatewayOptions } from '../gateway/index.ts';
import { withOption } from './address-error.ts';
import { type Command, command } from './command.ts';
import {
  type GatewayValues,
  gatewayOptionsOf,
  gatewayProblems,
  gatewayProcessOptions,
} from './gateway-options.ts';
import { packageRoot } from './package-root.ts';
import { type ProcessParts, processParts } from './process-parts.ts';
import { type Part, runProcess, type Surroundings } from './run-process.ts';
import { reachableName } from './worker.ts';

export const gatewayCommand: Command = gatewayCommandOf(processParts);

export function gatewayCommandOf(parts: ProcessParts): Command {
  return command({
    name: 'gateway',
    summary: 'Run a gateway of a cluster on ZooKeeper and RabbitMQ',
    details: [
      'It holds client sockets and brings events in. SIGTERM tells its clients to come back',
      'elsewhere, spread over --drain-window-ms, and ends the process.',
      '  RINGWAY_SECRET=… RINGWAY_JWT_SECRET=… ringway gateway --host 0.0.0.0',
    ],
    words: [],
    options: gatewayProcessOptions,
    check: (values) => gatewayProblems(values, parts.hostName()),
    async run({ values }, terminal) {
      const options = gatewayOptionsOf(values, parts.hostName());
      const make = (around: Surroundings): Part => gatewayOf(values, options, parts, around);
      return runProcess({ name: { gateway: options.id }, values, parts, terminal, make });
    },
  });
}

function gatewayOf(
  values: GatewayValues,
  options: GatewayOptions,
  parts: ProcessParts,
  { cluster, logger, build, onReadiness, onExit }: Surroundings,
): Part {
  const { clock, random } = parts;
  const advertiseAdmin = options.advertiseAdmin ?? reachableName(options.adminHost, parts);
  const gateway = createGateway({
    ...{ clock, random, logger, build, onReadiness, onExit, secret: values.secret },
    ...{ coordinator: cluster.coordinator, bus: cluster.bus, isFirst: values.first },
    options: { ...options, advertiseAdmin },
    consoleFolder: `${packageRoot()}/console`,
  });
  return {
    async listen() {
      await gateway.start().catch((error: unknown) => {
        throw withOption(error, options);
      });
    },
    drain: () => gateway.drain(),
    close: () => gateway.close(),
  };
}
