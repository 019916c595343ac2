/** What computes: the machine's processor, or its graphics card by CUDA. */
export const DEVICES = ['cpu', 'gpu'] as const;
export type Device = (typeof DEVICES)[number];

/** How it is called in tables. */
export const DEVICE_WORDS: Readonly<Record<Device, string>> = { cpu: 'processor', gpu: 'graphics card' };

/** Tells the child what to compute on; tests too, which have no parent. Whatever else it says, it is the processor. */
export const DEVICE_VARIABLE = 'PRUNE_LAB_DEVICE';
export const deviceOf = (env: Readonly<Record<string, string | undefined>>): Device => (env[DEVICE_VARIABLE] === 'gpu' ? 'gpu' : 'cpu');
