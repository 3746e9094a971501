import type { HealthTable } from '../table.ts';
import { rolloutHealth } from './rollout.ts';

/** The kinds of the Argo projects that have no rule of their own elsewhere. */
export const ARGO: HealthTable = {
  'argoproj.io/Rollout': [rolloutHealth],
  'argoproj.io/AnalysisRun': [
    {
      at: 'status.phase',
      is: {
        Pending: ['Progressing', 'Analysis run is running'],
        Running: ['Progressing', 'Analysis run is running'],
        Successful: ['Healthy', '{status.message|Analysis run completed successfully}'],
        Failed: ['Degraded', '{status.message|Analysis run failed}'],
        Error: ['Degraded', '{status.message|Analysis run had an error}'],
        Inconclusive: ['Unknown', '{status.message|Analysis run was inconclusive}'],
      },
    },
    ['Progressing', 'Waiting for analysis run to finish: status has not been reconciled.'],
  ],
  'argoproj.io/Experiment': [
    {
      at: 'status.phase',
      is: {
        Pending: ['Progressing', 'Experiment is pending'],
        Running: ['Progressing', 'Experiment is running'],
        Successful: ['Healthy', 'Experiment is successful'],
        Failed: ['Degraded', 'Experiment has failed'],
        Error: ['Degraded', 'Experiment had an error'],
      },
    },
    ['Progressing', 'Waiting for experiment to finish: status has not been reconciled.'],
  ],
  'argoproj.io/ApplicationSet': [
    { conditions: [['ErrorOccurred=True', 'Degraded']] },
    { conditions: [['ResourcesUpToDate=False', 'Degraded']] },
    { conditions: [['RolloutProgressing=True', 'Progressing']] },
    { conditions: [['ResourcesUpToDate=True', 'Healthy']] },
    ['Progressing', 'Waiting for the status to be reported'],
  ],
  'argoproj.io/CronWorkflow': [
    {
      conditions: [
        ['SpecError=True', 'Degraded'],
        ['SubmissionError=True', 'Degraded'],
        ['Completed=True', 'Healthy'],
      ],
    },
    ['Healthy', 'CronWorkflow is healthy.'],
  ],
  'argoproj.io/EventBus': [
    {
      conditions: [
        ['Deployed=False', 'Degraded', '{message|$reason}'],
        ['Deployed=True', 'Healthy', '{message|$reason}'],
      ],
    },
    ['Progressing', 'Waiting for initialization'],
  ],
};
