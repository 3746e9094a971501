import { describe, expect, it } from 'vitest';

import { workflowCrds } from './crds.ts';
import { workflowKind } from './workflow.ts';

describe('workflowCrds', () => {
  it('names the kinds as upstream does', () => {
    expect(workflowCrds().map((crd) => crd.metadata.name)).toEqual([
      'workflows.argoproj.io',
      'workflowtemplates.argoproj.io',
      'clusterworkflowtemplates.argoproj.io',
      'cronworkflows.argoproj.io',
    ]);
    expect(workflowKind.shortNames).toEqual(['wf']);
    expect(workflowKind.columns.map((column) => column.jsonPath)).toEqual([
      '.status.phase',
      '.status.startedAt',
      '.status.message',
    ]);
  });

  it('has no status subresource: status and labels are written at once', () => {
    expect(workflowKind.hasStatusSubresource).toBe(false);
    expect(JSON.stringify(workflowCrds())).not.toContain('subresources');
  });

  it('keeps what it does not describe, so that manifests come back as they were written', () => {
    const spec = workflowKind.fields['spec'];
    expect(spec).toMatchObject({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
    expect(spec).toMatchObject({
      properties: { templates: { items: { 'x-kubernetes-preserve-unknown-fields': true } } },
    });
  });
});
