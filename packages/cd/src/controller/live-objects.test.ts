import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import { resources } from '@argosy/api';
import { readResourceSettings } from '../engine/index.ts';
import { LiveObjects } from './live-objects.ts';
import { openTestDelivery, type TestDelivery } from './test-delivery.ts';
import { WrittenObjects } from './written-objects.ts';

let delivery: TestDelivery;

beforeEach(async () => {
  delivery = await openTestDelivery();
});

afterEach(async () => {
  await delivery.close();
});

const MAP = { namespace: 'prod', name: 'a' };
const TARGET = { resource: resources.configMaps, ...MAP };

describe('changes of live objects', () => {
  it('wake the Application that tracks them, but not for what is ignored', async () => {
    const rules = 'jsonPointers: [/data/noise]';
    const data = { 'resource.customizations.ignoreResourceUpdates.ConfigMap': rules };
    const { settings } = readResourceSettings(data, () => instant(0));
    const woken: string[] = [];
    const { informers, clock } = delivery.context;
    const live = new LiveObjects({
      informers,
      written: new WrittenObjects(clock),
      controlNamespace: 'argocd',
      salt: 's',
      wake: ({ name }) => woken.push(name),
      resourceSettings: () => settings,
    });
    await live.informer(resources.configMaps);
    const annotations = { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:prod/a' };
    const metadata = { ...MAP, annotations };
    await delivery.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { value: '1' },
    });
    const holding = (field: string, value: string) =>
      delivery.object(
        TARGET,
        (object) => (object?.['data'] as { [key: string]: string } | undefined)?.[field] === value,
      );
    await holding('value', '1');
    const made = woken.length;
    expect(new Set(woken)).toEqual(new Set(['web']));
    await delivery.patch(resources.configMaps, MAP, { data: { noise: '1' } });
    await holding('noise', '1');
    expect(woken.length).toBe(made);
    await delivery.patch(resources.configMaps, MAP, { data: { value: '2' } });
    await holding('value', '2');
    expect(woken.length).toBeGreaterThan(made);
    live.close();
  });
});
