import type { Command } from '@argosy/cli';

/** `version`: what this is. */
export function versionCommand(version: string): Command {
  return {
    name: 'version',
    summary: 'Print the version',
    example: 'argosy version',
    args: { least: 0, most: 0 },
    run: ({ terminal }) => {
      terminal.out(
        `argosy: ${version}\nnode: ${process.versions.node}\nplatform: ${process.platform}/${process.arch}\n`,
      );
      return Promise.resolve(0);
    },
  };
}
