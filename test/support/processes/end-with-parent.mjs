/**
 * Loaded before a child's own program: ends it when the tests' process is gone, however that
 * ended. The channel to it does not keep the child alive.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();
