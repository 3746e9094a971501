export { createVirtualClock, MAX_STEPS_PER_ADVANCE, TURNS_PER_STEP, type VirtualClock } from './virtual-clock.ts';
export { NO_FAULTS, SimulatedCrash, withFaults, type FaultRates, type FaultSource } from './faulty-api.ts';
export { FATE_ANNOTATION, planSimulatedPod, startKubelet } from './kubelet.ts';
export { createMemoryRepository, type CommitFiles, type MemoryRepository } from './memory-repositories.ts';
export { applicationScenario, deploymentScenario, workflowScenario, type Scenario } from './scenarios.ts';
export { createWorld, type ProcessBody, type Sabotage, type World, type WorldOptions } from './world.ts';
