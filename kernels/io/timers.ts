// Timers as they were when the kernel started: a cell may put others in their place, as `mock.timers.enable()` does.

export const { clearImmediate, clearTimeout, setImmediate, setTimeout } = globalThis;
