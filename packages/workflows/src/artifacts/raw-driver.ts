import { writeFile } from 'node:fs/promises';

import { getPath } from '@argosy/std';

import type { ArtifactDriver } from './artifact-driver.ts';

/** Artifacts whose text stands in the workflow. */
export const rawDriver: ArtifactDriver = Object.freeze({
  load: async (artifact, target) => {
    await writeFile(target, String(getPath(artifact.raw, ['data'])), { flag: 'wx', mode: 0o666 });
  },
} satisfies ArtifactDriver);
