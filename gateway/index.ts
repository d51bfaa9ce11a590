export type { EventInput, GatewayEffect, GatewayInput, GatewayLimits } from './core-types.ts';
export {
  createGateway,
  type Gateway,
  type GatewayAddresses,
  type GatewayConfig,
  type WorkerHooks,
} from './gateway.ts';
export { optionProblems } from './option-problems.ts';
export { gatewayOptionSpecs, readGatewayOption } from './option-specs.ts';
export { type GatewayOptions, gatewayDefaults } from './options.ts';
