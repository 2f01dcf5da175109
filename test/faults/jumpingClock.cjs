// Loaded before a program: its clock jumps by a day, forwards and back, again and again.
const { now } = Date;
const DAY = 86_400_000;
const jumps = [0, DAY, 0, -DAY];
const jump = () => jumps[Math.floor(performance.now() / 700) % jumps.length];
Date.now = () => now() + jump();
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [Date.now()] : args));
  }
};
globalThis.Date.now = () => now() + jump();
