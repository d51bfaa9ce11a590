/** The machine's monotonic clock, the same in all of its processes, in whole microseconds. */
export function machineUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
