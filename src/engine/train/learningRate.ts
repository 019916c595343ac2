import type { RateSchedule } from '../../config/schema';

/** Learning rate of an epoch, counted from 0, of `epochs`. `base` is the rate of the first. */
export function learningRate(schedule: RateSchedule, base: number, epoch: number, epochs: number): number {
  switch (schedule.name) {
    case 'constant':
      return base;
    case 'halve':
      return base * 0.5 ** Math.floor(epoch / schedule.every);
    case 'step':
      return base * schedule.factor ** schedule.at.filter((fraction) => epoch / epochs >= fraction).length;
    case 'cosine':
      // Loshchilov & Hutter 2017 without restarts: 0 would be reached one epoch after the last.
      return (base * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
  }
}
