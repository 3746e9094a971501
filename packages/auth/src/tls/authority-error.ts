/** Key material is missing, unsafe or broken. Names the file and what is wrong with it, never its content. */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError';
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
  }
}
