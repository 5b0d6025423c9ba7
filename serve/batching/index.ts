/** Requests into batches. */
export { type Batcher, createBatcher, type Observer, type Outcome, type Work } from './batcher.js';
export { createFairQueue, type FairQueue, type Queued } from './fair-queue.js';
export { createSlots, type Slot, type Slots } from './slots.js';
