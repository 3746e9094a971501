export { createVirtualClock, MAX_STEPS_PER_ADVANCE, TURNS_PER_STEP, type VirtualClock } from './virtual-clock.ts';
